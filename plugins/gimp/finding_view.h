/* What was found, as a small picture. */
#ifndef DCDP_GIMP_FINDING_VIEW_H
#define DCDP_GIMP_FINDING_VIEW_H

#include "findings.h"

#include <gtk/gtk.h>

/* A picture of the kernel or of the noise, with a caption; shows nothing at first. */
GtkWidget *finding_view_new(void);
void finding_view_show(GtkWidget *picture, const Findings *findings, GObject *config);

#endif
