/* Binary PPM pictures (P6, 8 bits a sample), so that the examples need no picture library. */
#ifndef PPM_H
#define PPM_H

#include <stdio.h>
#include <stdlib.h>

struct ppm {
    int width, height;
    unsigned char *samples; /* RGB, from the top left; free() it */
};

/* A number of the header, after white space and comments; -1 when there is none. */
static inline int ppm_number(FILE *file)
{
    int c = getc(file), number = 0, digits = 0;
    while (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '#') {
        if (c == '#')
            while (c != '\n' && c != EOF)
                c = getc(file);
        c = getc(file);
    }
    for (; c >= '0' && c <= '9' && digits < 6; c = getc(file), digits++)
        number = 10 * number + (c - '0');
    return digits > 0 ? number : -1; /* the white space after it is read */
}

/* Reads a picture; 0 and a message when it cannot. */
static inline int ppm_read(const char *path, struct ppm *picture)
{
    FILE *file = fopen(path, "rb");
    size_t bytes = 0;
    int good = 0;
    picture->samples = NULL;
    if (file == NULL) {
        perror(path);
        return 0;
    }
    if (getc(file) == 'P' && getc(file) == '6') {
        picture->width = ppm_number(file);
        picture->height = ppm_number(file);
        if (ppm_number(file) == 255 && picture->width > 0 && picture->height > 0) {
            bytes = (size_t)picture->width * (size_t)picture->height * 3;
            picture->samples = (unsigned char *)malloc(bytes);
            good = picture->samples != NULL && fread(picture->samples, 1, bytes, file) == bytes;
        }
    }
    fclose(file);
    if (!good) {
        fprintf(stderr, "%s: not a whole binary PPM picture of 8 bits\n", path);
        free(picture->samples);
        picture->samples = NULL;
    }
    return good;
}

/* Writes a picture; 0 and a message when it cannot. */
static inline int ppm_write(const char *path, const struct ppm *picture)
{
    size_t bytes = (size_t)picture->width * (size_t)picture->height * 3;
    FILE *file = fopen(path, "wb");
    int good = 0;
    if (file != NULL) {
        good = fprintf(file, "P6\n%d %d\n255\n", picture->width, picture->height) > 0
               && fwrite(picture->samples, 1, bytes, file) == bytes;
        good = fclose(file) == 0 && good;
    }
    if (!good)
        perror(path);
    return good;
}

#endif
