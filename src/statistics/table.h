/* table.h: parts of the printed table, each in the file of its topic. */
#ifndef DYSON_STATISTICS_TABLE_H
#define DYSON_STATISTICS_TABLE_H

#include "statistics/analysis.h"

/* A p-value no smaller than the null distributions tell; a number; value and error. */
void dyson_print_p(FILE *stream, double p);
void dyson_print_number(FILE *stream, int width, int digits, double value);
void dyson_print_estimate(FILE *stream, double value, double error);

/* Of a point: relaxation rates, the noise of one update, the start, whole spectra; nothing where
 * not measured. */
void dyson_print_relaxation(const dyson_analysis *a, size_t p, FILE *stream);
void dyson_print_noise(const dyson_analysis *a, size_t p, FILE *stream);
void dyson_print_initial(const dyson_analysis *a, size_t p, FILE *stream);
void dyson_print_bulk(const dyson_analysis *a, size_t p, FILE *stream);

#endif
