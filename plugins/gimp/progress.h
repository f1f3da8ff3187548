/* The window that shows how far a restoration is and lets a person stop it. */
#ifndef DCDP_GIMP_PROGRESS_H
#define DCDP_GIMP_PROGRESS_H

#include "job.h"

#include <gtk/gtk.h>

typedef struct ProgressWindow ProgressWindow;

/* Shows the window. `stop` is called from the main loop, at most once, when the person presses
 * Stop, Escape or closes the window. */
ProgressWindow *progress_window_new(void (*stop)(gpointer user), gpointer user);
void progress_window_update(ProgressWindow *window, const JobStatus *status);
void progress_window_free(ProgressWindow *window);

#endif
