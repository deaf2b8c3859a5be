#include <stdlib.h>

#include "zones.h"

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
