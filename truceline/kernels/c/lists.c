#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "zones.h"

#define LARGE_PAGE ((size_t)1 << 21)

void *claim(size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    void *data = NULL;
    if (bytes >= 2 * LARGE_PAGE) {
        if (posix_memalign(&data, LARGE_PAGE, bytes))
            return NULL;
        madvise(data, bytes, MADV_HUGEPAGE); /* a wish: where it is not granted, pages are small */
        return data;
    }
#endif
    return malloc(bytes);
}

void *grow(List *list, size_t more)
{
    void *at;
    if (!list->data || list->count + more > list->room) {
        size_t room = list->room ? list->room : 64;
        void *data;
        while (room < list->count + more)
            room *= 2;
        data = realloc(list->data, room * list->width);
        if (!data)
            return NULL;
        list->data = data;
        list->room = room;
    }
    at = (char *)list->data + list->count * list->width;
    list->count += more;
    return at;
}

void release(List *list)
{
    free(list->data);
    list->data = NULL;
    list->count = list->room = 0;
}

void shrink(List *list)
{
    void *data = list->count ? realloc(list->data, list->count * list->width) : NULL;
    if (data) {
        list->data = data;
        list->room = list->count;
    }
}
