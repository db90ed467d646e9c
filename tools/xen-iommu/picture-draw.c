/* SPDX-License-Identifier: GPL-2.0-only */
/* A picture as graphviz draws it, by itself or in a page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "picture.h"
#include "tool.h"

/* What graphviz makes of @dot, to be freed; NULL, after a complaint. */
static char *run_dot(FILE *dot)
{
    size_t len = 0, room = 1 << 16;
    char *svg = need(malloc(room + 1));
    int ends[2], status = -1;
    ssize_t n;
    pid_t pid;

    rewind(dot);
    if ( pipe(ends) )
        return free(svg), NULL;
    pid = fork();
    if ( !pid )
    {
        dup2(fileno(dot), STDIN_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        execlp("dot", "dot", "-Tsvg", (char *)NULL);
        complain("dot: %m: graphviz draws the picture, --dot does without");
        _exit(127);
    }
    close(ends[1]);
    while ( (n = read(ends[0], svg + len, room - len)) > 0 )
        if ( (len += n) == room )
            svg = need(realloc(svg, (room *= 2) + 1));
    close(ends[0]);
    svg[len] = '\0';

    if ( pid < 0 || waitpid(pid, &status, 0) != pid || status || !len )
        return free(svg), NULL;

    return svg;
}

/*
 * One page that needs nothing else.  The search leaves the rest pale and says
 * how much it found; what the mouse is at is told below it.
 */
static void put_html(const char *svg)
{
    const char *at = strstr(svg, "<svg");

    printf("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>IOMMU groups</title>\n"
           "<style>body{font:14px sans-serif;margin:1em}svg{max-width:none}"
           "#head{position:sticky;top:0;left:0;background:#fff;padding:.2em 0;border-bottom:1px solid #999;z-index:1}"
           "#reason{white-space:pre-line;height:7.5em;overflow:auto;margin:.3em 0}"
           ".dim{opacity:.15}#k span{padding:0 .5em;margin-right:.5em;border:1px solid #999}"
           "#k .frame{border:2px solid " PICTURE_BLAME "}#k .line{border:0;border-bottom:2px dotted " PICTURE_SHARE "}"
           "</style></head>\n<body><h1>IOMMU groups</h1><div id=\"head\"><p id=\"k\">"
           "<input id=\"q\" placeholder=\"address, ID, name, owner\" size=\"30\"> <b id=\"found\"></b> "
           "<span style=\"background:" PICTURE_SAFE "\">port isolates</span>"
           "<span style=\"background:" PICTURE_OPEN "\">does not</span>"
           "<span class=\"frame\">why a group is large</span>"
           "<span style=\"background:" PICTURE_GUEST "\">a guest's</span>"
           "<span style=\"background:" PICTURE_IDLE "\">nobody's</span>"
           "<span class=\"line\">share reserved memory</span></p>\n"
           "<div id=\"reason\">Point at a device or a group: this says why it is there.</div></div>\n%s\n"
           "<script>\n"
           "var nodes=document.querySelectorAll('g.node'),reason=document.getElementById('reason');\n"
           "document.getElementById('q').addEventListener('input',function(){\n"
           "var w=this.value.toLowerCase(),n=0;\n"
           "nodes.forEach(function(g){var is=g.textContent.toLowerCase().indexOf(w)>=0;n+=is;g.classList.toggle('dim',!is);});\n"
           "document.getElementById('found').textContent=w?n+' of '+nodes.length:'';});\n"
           "document.querySelectorAll('g.node,g.cluster').forEach(function(g){\n"
           "var a=g.querySelector('a');\n"
           "g.addEventListener('mouseenter',function(){if(a)reason.textContent=a.getAttribute('xlink:title');});});\n"
           "</script>\n</body></html>\n", at ?: svg);
}

bool picture_draw(const struct picture *p, enum picture_as as)
{
    FILE *dot;
    char *svg;

    if ( as == PICTURE_DOT )
    {
        picture_dot(stdout, p);
        return true;
    }

    dot = need(tmpfile());
    picture_dot(dot, p);
    svg = run_dot(dot);
    fclose(dot);
    if ( !svg )
        return false;

    if ( as == PICTURE_HTML )
        put_html(svg);
    else
        printf("%s", svg);
    free(svg);

    return true;
}
