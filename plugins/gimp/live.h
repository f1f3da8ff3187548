/* What goes on in the background while the dialog is open: the whole layer is analysed, then the part that is looked
 * at is restored; both anew when settings have changed. Everything is called from the main loop. */
#ifndef DCDP_GIMP_LIVE_H
#define DCDP_GIMP_LIVE_H

#include "analysis.h"
#include "look.h"

typedef struct Live Live;

typedef struct {
    /* The line of live_line() or the findings are new. */
    void (*told)(gpointer user);
    /* How the restoration of the part goes, "" when it is done. */
    void (*said)(const char *text, gpointer user);
    /* The part is restored. NULL: it stays as it is. */
    void (*restored)(Restoration *restoration, gpointer user);
} LiveListener;

/* `look` is borrowed and read at every start. `shared` serves analyses (see analysis.h). NULL when there can be no
 * context for the restorations. */
Live *live_new(const Look *look, GObject *config, dcdp_context *shared,
               const LiveListener *listener, gpointer user);

/* Stops what is running, without waiting for it, and starts anew once there has been no change for a while. `shown`
 * is the part to restore. */
void live_restart(Live *live, const GeglRectangle *shown);

/* Whether parts are restored at all. */
void live_set_wanted(Live *live, gboolean wanted);

/* At the next start, looks for the blur and puts what it finds into the config. */
void live_fill_in_blur(Live *live);

const Findings *live_findings(const Live *live);

/* What was found and what the restoration will take, or what is wrong. Free with g_free(). */
char *live_line(const Live *live);

void live_free(Live *live);

#endif
