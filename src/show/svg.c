/*
 * Marks on paper: an SVG file that stands alone, light and dark.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/svg.h"

#include <stdint.h>

/* Bytes of the UTF-8 character at `s' that XML may have; 0: none. */
static unsigned character(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned n = *s < 0x80 ? 1 : *s >> 5 == 6 ? 2 : *s >> 4 == 14 ? 3 :
		     *s >> 3 == 30 ? 4 : 0;
	uint32_t c = n > 1 ? *s & (0x7f >> n) : *s;

	for (unsigned i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 63);
	}
	if (!n || c < least[n] || c > 0x10ffff || c >> 11 == 0x1b ||
	    (c < ' ' && c != '\t' && c != '\n') || c == 0x7f || (c & ~1u) == 0xfffe)
		return 0;
	return n;
}

void pmap_svg_escape(struct pmap_text *out, const char *text)
{
	while (*text) {
		unsigned n = character((const unsigned char *)text);

		switch (*text) {
		case '&':
			pmap_text_puts(out, "&amp;");
			break;
		case '<':
			pmap_text_puts(out, "&lt;");
			break;
		case '>':
			pmap_text_puts(out, "&gt;");
			break;
		case '"':
			pmap_text_puts(out, "&quot;");
			break;
		default:
			pmap_text_put(out, n ? text : "?", n ? n : 1);
		}
		text += n ? n : 1;
	}
}

void pmap_svg_text(struct pmap_text *out, const char *kind, unsigned x,
		   unsigned y, const char *text)
{
	pmap_text_add(out, "<text class=\"%s\" x=\"%u.%u\" y=\"%u\">", kind,
		      x / 10, x % 10, y);
	pmap_svg_escape(out, text);
	pmap_text_puts(out, "</text>\n");
}

void pmap_svg_rect(struct pmap_text *out, const char *kind, unsigned x,
		   unsigned end, unsigned y, unsigned height, const char *title)
{
	pmap_text_add(out, "<rect class=\"%s\" x=\"%u.%u\" y=\"%u\" width=\"%u.%u\" height=\"%u\"",
		      kind, x / 10, x % 10, y, (end - x) / 10, (end - x) % 10,
		      height);
	if (!title) {
		pmap_text_puts(out, "/>\n");
		return;
	}
	pmap_text_puts(out, "><title>");
	pmap_svg_escape(out, title);
	pmap_text_puts(out, "</title></rect>\n");
}

static const char style[] =
	"svg{font:12px ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace}\n"
	".bg{fill:#fff}.t{font:600 19px system-ui,sans-serif}\n"
	".h{font:600 15px system-ui,sans-serif}\n"
	"text{fill:#1b1f24;white-space:pre}.s{fill:#656d76}.e,.m{text-anchor:end}.m{fill:#656d76}\n"
	".l{text-anchor:middle;font-size:11px;fill:#101317;pointer-events:none}\n"
	".bad{fill:#c8102e;font-weight:700}\n"
	".bed{fill:#eef0f3}.band{fill:#dfe3e8;stroke:#fff}.tick{stroke:#aab1ba}\n"
	".join{fill:#eef0f3;opacity:.8}.name{stroke:#656d76;fill:none}\n"
	".r{fill:#79a9e8}.w{fill:#eebf4d}.x{fill:#63bd84}.wx{fill:#ee1f3c}\n"
	".n{fill:#c6ccd3}.np{fill:#b5a9cf}.f{fill:#d455c9}.rec{fill:#55c2cf}.rep{fill:#c9b79c}\n"
	".dm{fill:#4fb477}.du{fill:#8f98a3}.dv{fill:#6fa3e8}.dr{fill:#eebf4d}.ds{fill:#b18be0}\n"
	".dt{fill:#41bfb3}.df{fill:#c3d2e2}.de{fill:#d7bfd3}\n"
	".eg{fill:#f4f5f7;stroke:#656d76}\n"
	".u{fill:#5b2bd0;pointer-events:none}.flag{fill:#ee1f3c}\n"
	".p2,.p3{pointer-events:none}.p2{fill:url(#p2)}.p3{fill:url(#p3)}\n"
	"pattern path{stroke:#000;stroke-opacity:.3;fill:none}\n"
	"rect:hover{stroke:#1b1f24;stroke-width:1.5}\n"
	"@media(prefers-color-scheme:dark){\n"
	".bg{fill:#0e1116}text{fill:#e6e9ed}.s,.m{fill:#98a1ab}.l{fill:#0b0d10}.bad{fill:#ff6b7f}\n"
	".bed{fill:#1c2128}.band{fill:#2b323b;stroke:#0e1116}.tick{stroke:#59626d}\n"
	".join{fill:#1c2128}.name{stroke:#98a1ab}\n"
	".r{fill:#6b9de0}.w{fill:#dcae3c}.x{fill:#4fae74}.wx{fill:#ff3d57}.flag{fill:#ff3d57}\n"
	".n{fill:#59626d}.np{fill:#8677ab}.f{fill:#c94dbe}.rec{fill:#3ea5b2}.rep{fill:#8d7c62}\n"
	".dm{fill:#3f9e66}.du{fill:#747d88}.dv{fill:#5c90d8}.dr{fill:#dcae3c}.ds{fill:#9a72cc}\n"
	".dt{fill:#33a69b}.df{fill:#52657a}.de{fill:#7d667a}\n"
	".eg{fill:#c9cfd6}.u{fill:#b79bff}rect:hover{stroke:#fff}}\n";

void pmap_svg_begin(struct pmap_text *out, const char *title, unsigned width,
		    unsigned height)
{
	pmap_text_add(out,
		      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" role=\"img\">\n<title>",
		      width, height, width, height);
	pmap_svg_escape(out, title);
	pmap_text_add(out, "</title>\n<style>\n%s</style>\n<defs>\n"
		      "<pattern id=\"p2\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><path d=\"M-1 1L1 -1M0 6L6 0M5 7L7 5\"/></pattern>\n"
		      "<pattern id=\"p3\" width=\"14\" height=\"14\" patternUnits=\"userSpaceOnUse\"><path stroke-width=\"4\" d=\"M-2 2L2 -2M0 14L14 0M12 16L16 12\"/></pattern>\n"
		      "</defs>\n", style);
	pmap_svg_rect(out, "bg", 0, width * 10, 0, height, NULL);
}

void pmap_svg_end(struct pmap_text *out)
{
	pmap_text_puts(out, "</svg>\n");
}
