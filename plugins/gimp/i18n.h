/* Translations. libgimp binds the domain to the folder `locale` beside the program; without a catalogue
 * every text is itself. */
#ifndef DCDP_GIMP_I18N_H
#define DCDP_GIMP_I18N_H

#include <libintl.h>

#define _(text) gettext(text)
/* For texts that are looked up later. */
#define N_(text) text

/* The translation of a text of the library's table, which may be empty. */
static inline const char *translated(const char *text) {
    return text[0] != '\0' ? gettext(text) : text;
}

#endif
