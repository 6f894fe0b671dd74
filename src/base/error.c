/* error.c: the local path of failures. */
#include "dyson/error.h"

#include <stdarg.h>
#include <stdio.h>

int dyson_fail(dyson_error *error, int code, const char *format, ...)
{
    if (error->code == DYSON_OK) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        error->code = code;
        for (char *c = error->text; *c != '\0'; c++)
            if (*c == '\n' || *c == '\r')
                *c = ' ';
    }
    return error->code;
}
