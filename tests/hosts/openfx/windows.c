/*
 * Loads the binary of an OpenFX node on Windows as a host does, and asks which effects are inside:
 *
 *   node C:\...\dcdp.ofx
 *
 * The structure is that of ofxCore.h. The binary is let go of and loaded once more, as hosts do when they scan.
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

typedef struct {
    const char *api;
    int api_version;
    const char *identifier;
    unsigned int major, minor;
    void *set_host, *main_entry;
} plugin;

/* A function of the binary. A cast from one kind of function to another would be warned of. */
static int find(HMODULE library, const char *name, void *function)
{
    FARPROC found = GetProcAddress(library, name);
    memcpy(function, &found, sizeof found);
    if (found == NULL)
        fprintf(stderr, "no function %s\n", name);
    return found != NULL;
}

static int look(const char *path)
{
    int (*count)(void);
    plugin *(*get)(int);
    plugin *node;
    HMODULE library = LoadLibraryExA(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (library == NULL) {
        fprintf(stderr, "%s: error %lu\n", path, GetLastError());
        return 0;
    }
    if (!find(library, "OfxGetNumberOfPlugins", &count) || !find(library, "OfxGetPlugin", &get))
        return 0;
    node = count() == 1 ? get(0) : NULL;
    if (node == NULL || strcmp(node->identifier, "org.dcdp.Restore") != 0 ||
        strcmp(node->api, "OfxImageEffectPluginAPI") != 0 || node->set_host == NULL ||
        node->main_entry == NULL) {
        fprintf(stderr, "%s: %d effects, but no org.dcdp.Restore first\n", path, count());
        return 0;
    }
    printf("%s %u.%u\n", node->identifier, node->major, node->minor);
    return FreeLibrary(library) != 0;
}

int main(int argc, char **argv)
{
    return argc == 2 && look(argv[1]) && look(argv[1]) ? 0 : 1;
}
