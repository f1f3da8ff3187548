/* Prints the texts of the library's table as C, for xgettext: what they say is looked up when the plug-in shows
 * them. `make pot` runs it. */
#include <dcdp.h>
#include <stdio.h>

static void print(const char *text) {
    if (text[0] == '\0')
        return;
    printf("N_(\"");
    for (; *text != '\0'; text++)
        printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    printf("\")\n");
}

int main(void) {
    for (uint32_t i = 0; i < dcdp_parameter_count(); i++) {
        dcdp_parameter parameter = {.struct_size = sizeof parameter};

        if (dcdp_parameter_get(i, &parameter) != DCDP_OK)
            return 1;
        printf("/* %s */\n", parameter.name);
        print(parameter.label);
        print(parameter.hint);
        print(parameter.unit);
        for (uint32_t c = 0; c < parameter.choice_count; c++)
            print(parameter.choice_labels[c]);
    }
    return 0;
}
