/* lines.c: which line of a run file is what.
 *
 * The rules are inih's: a line whose first sign is ; or # is a comment, wherever that stands; an
 * indented line under a key continues its value, even if it looks like a section or a key; anything
 * else is a [section] or a key with = or : after its name. */
#include "spec/lines.h"

#include <string.h>

bool line_blank(char c)
{
    return c != '\0' && strchr(" \t\r\n\v\f", c) != NULL;
}

static void set_name(line *found, const char *from, const char *to)
{
    while (from < to && line_blank(*from))
        from++;
    while (to > from && line_blank(to[-1]))
        to--;
    found->name = from;
    found->name_length = (size_t)(to - from);
}

/* [name], and nothing after it but a comment. */
static line_kind section_kind(line *found, const char *open, const char *end)
{
    const char *close = memchr(open, ']', (size_t)(end - open));
    if (close == NULL)
        return LINE_BROKEN;
    set_name(found, open + 1, close);
    const char *rest = close + 1;
    while (rest < end && line_blank(*rest))
        rest++;
    return rest == end || *rest == ';' || *rest == '#' ? LINE_SECTION : LINE_BROKEN;
}

static line_kind kind_of(line *found, const char *from, bool key_open)
{
    const char *end = found->start + found->length, *first = from;
    while (first < end && line_blank(*first))
        first++;
    if (first == end || *first == ';' || *first == '#')
        return LINE_BLANK;
    if (first > from && key_open)
        return LINE_CONTINUATION;
    if (*first == '[')
        return section_kind(found, first, end);
    const char *sign = first;
    while (sign < end && *sign != '=' && *sign != ':')
        sign++;
    if (sign == end)
        return LINE_BROKEN;
    set_name(found, first, sign);
    return LINE_KEY;
}

bool line_next(line_scanner *scanner, line *found)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    if (*scanner->at == '\0')
        return false;
    *found = (line){.start = scanner->at, .number = ++scanner->number};
    found->length = strcspn(scanner->at, "\n");
    found->whole = found->length + (scanner->at[found->length] == '\n');
    const char *from = found->start;
    if (found->number == 1 && strncmp(from, byte_order_mark, 3) == 0)
        from += 3;
    found->kind = kind_of(found, from, scanner->key_open);
    if (found->kind == LINE_SECTION)
        scanner->key_open = false;
    else if (found->kind == LINE_KEY)
        scanner->key_open = true;
    scanner->at += found->whole;
    return true;
}

/* The next word at *at, of *length characters; 0 at the end. */
static const char *next_word(const char **at, const char *end, size_t *length)
{
    while (*at < end && line_blank(**at))
        (*at)++;
    const char *word = *at;
    while (*at < end && !line_blank(**at))
        (*at)++;
    *length = (size_t)(*at - word);
    return word;
}

bool line_names(const line *found, const char *section)
{
    const char *a = found->name, *a_end = a + found->name_length;
    const char *b = section, *b_end = b + strlen(b);
    for (;;) {
        size_t a_length, b_length;
        const char *a_word = next_word(&a, a_end, &a_length);
        const char *b_word = next_word(&b, b_end, &b_length);
        if (a_length != b_length || memcmp(a_word, b_word, a_length) != 0)
            return false;
        if (a_length == 0)
            return true;
    }
}
