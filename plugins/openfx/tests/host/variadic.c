/* The suite functions that take any number of arguments. Rust cannot define such functions; these take
 * their arguments apart and pass them on. */
#include <stdarg.h>
#include <stdio.h>

/* What a parameter's value is, by the number that `kind` answers. */
enum { INTEGER = 0, DOUBLE = 1, TEXT = 2 };

struct answers {
    int (*get)(void *parameter, double time, void *value);
    int (*kind)(void *parameter);
    int (*set_integer)(void *parameter, int value);
    int (*set_double)(void *parameter, double value);
    int (*set_text)(void *parameter, const char *value);
    int (*message)(void *effect, int persistent, const char *type, const char *text);
};

static struct answers answers;

void answer_with(const struct answers *functions) { answers = *functions; }

int get_value(void *parameter, ...)
{
    va_list list;
    va_start(list, parameter);
    void *value = va_arg(list, void *);
    va_end(list);
    return answers.get(parameter, 0.0, value);
}

int get_value_at_time(void *parameter, double time, ...)
{
    va_list list;
    va_start(list, time);
    void *value = va_arg(list, void *);
    va_end(list);
    return answers.get(parameter, time, value);
}

int set_value(void *parameter, ...)
{
    int status = -1;
    va_list list;
    va_start(list, parameter);
    switch (answers.kind(parameter)) {
    case INTEGER:
        status = answers.set_integer(parameter, va_arg(list, int));
        break;
    case DOUBLE:
        status = answers.set_double(parameter, va_arg(list, double));
        break;
    case TEXT:
        status = answers.set_text(parameter, va_arg(list, const char *));
        break;
    }
    va_end(list);
    return status;
}

static int show(void *effect, int persistent, const char *type, const char *format, va_list list)
{
    char text[4096];
    vsnprintf(text, sizeof text, format, list);
    return answers.message(effect, persistent, type, text);
}

int message(void *effect, const char *type, const char *id, const char *format, ...)
{
    (void)id;
    va_list list;
    va_start(list, format);
    int status = show(effect, 0, type, format, list);
    va_end(list);
    return status;
}

int set_persistent_message(void *effect, const char *type, const char *id, const char *format, ...)
{
    (void)id;
    va_list list;
    va_start(list, format);
    int status = show(effect, 1, type, format, list);
    va_end(list);
    return status;
}
