/*
 * Findings as a SARIF log: OASIS, "Static Analysis Results Interchange Format (SARIF)
 * Version 2.1.0".
 *
 * A location is an address range, in words: its numbers are of 64 bits, which many
 * readers of JSON round.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <config.h>
#include <inttypes.h>

#include "show/record.h"

static void add_string(struct pmap_text *out, const char *before, const char *text)
{
	pmap_text_puts(out, before);
	pmap_json_add(out, text);
}

void pmap_sarif_begin(struct pmap_writer *w)
{
	w->rules = 0;
	pmap_text_puts(w->out, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\n"
		       "\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"pmap\",");
	add_string(w->out, "\"version\":", PACKAGE_VERSION);
	pmap_text_puts(w->out, ",\"rules\":[\n");
}

void pmap_sarif_rule(struct pmap_writer *w, const struct pmap_sarif_rule *rule)
{
	struct pmap_text *out = w->out;

	add_string(out, w->rules++ ? ",\n{\"id\":" : "{\"id\":", rule->name);
	add_string(out, ",\"shortDescription\":{\"text\":", rule->title);
	add_string(out, "},\"fullDescription\":{\"text\":", rule->reason);
	if (rule->section)
		add_string(out, "},\"help\":{\"text\":", rule->section);
	add_string(out, "},\"defaultConfiguration\":{\"level\":", rule->level);
	pmap_text_puts(out, "}}");
}

static const char *begin_result(const struct pmap_writer *w)
{
	return w->rows ? ",\n{\"ruleId\":" : "\n]}},\"results\":[\n{\"ruleId\":";
}

void pmap_sarif_row(struct pmap_writer *w, const struct pmap_row *row)
{
	const struct pmap_sarif_fields *f = w->schema->sarif;
	const uint32_t taken = 1u << f->rule | 1u << f->level | 1u << f->message;
	struct pmap_row others = *row;
	struct pmap_text *out = w->out;

	add_string(out, begin_result(w), row->value[f->rule].word);
	add_string(out, ",\"level\":", row->value[f->level].word);
	add_string(out, ",\"message\":{\"text\":", row->has >> f->message & 1 ?
		   row->value[f->message].word : row->value[f->rule].word);
	pmap_text_add(out, "},\"locations\":[{\"physicalLocation\":{\"address\":{\"kind\":\"page\",\"name\":\"0x%" PRIx64 "-0x%" PRIx64 "\"}}}],\"properties\":",
		      row->value[f->first].number, row->value[f->last].number);
	others.has &= ~taken;
	pmap_json_row(w, &others);
	pmap_text_puts(out, "}");
}

void pmap_sarif_end(struct pmap_writer *w)
{
	pmap_text_puts(w->out, w->rows ? "\n]}]}\n" : "\n]}},\"results\":[]}]}\n");
}
