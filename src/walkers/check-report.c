/*
 * pmap check: findings as records, the most severe first.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "show/record.h"
#include "show/run.h"
#include "show/words.h"
#include "target/arch.h"
#include "walkers/check.h"

#define LINES_MAX	10	/* of one rule, for people who did not ask for it */

static const char *const severities[PMAP_SEVERITIES] = {
	[PMAP_SEVERITY_NONE] = "-", [PMAP_NOTE] = "note",
	[PMAP_WARNING] = "warning", [PMAP_ERROR] = "error",
};

static const char *section_of(const struct pmap_check *c,
			      const struct pmap_rule *rule)
{
	const struct pmap_rule_section *s = c->q->target.arch->sections;

	if (rule->section)
		return rule->section;
	while (s && s->name && strcmp(s->name, rule->name) != 0)
		s++;
	return s && s->name ? s->section : NULL;
}

/* --- The rules as a list -------------------------------------------------- */

enum listed { L_SEVERITY, L_OUTER, L_RULE, L_TITLE, L_REASON, L_SECTION, LISTED };

static const struct pmap_field list_fields[LISTED] = {
	[L_SEVERITY] = PMAP_FIELD("severity", PMAP_WORD, .before = "",
				  .width = 7, .head = "HERE"),
	[L_OUTER] = PMAP_FIELD("outer", PMAP_WORD, .before = "  ", .width = 7,
			       .head = "OUTER", .drop = 1),
	[L_RULE] = PMAP_FIELD("rule", PMAP_WORD, .before = "  ", .width = 13,
			      .head = "RULE"),
	[L_TITLE] = PMAP_FIELD("title", PMAP_WORD, .before = "  ",
			       .look = PMAP_TRAILS, .head = "WHAT BREAKS IT"),
	[L_REASON] = PMAP_FIELD("reason", PMAP_WORD, .before = "; ",
				.look = PMAP_TRAILS),
	[L_SECTION] = PMAP_FIELD("section", PMAP_WORD, .before = " - ",
				 .look = PMAP_TRAILS),
};

static const uint8_t list_columns[] = {
	L_SEVERITY, L_OUTER, L_RULE, L_TITLE, L_REASON, L_SECTION
};

static const struct pmap_schema list_schema = {
	.fields = list_fields, .count = LISTED, .columns = list_columns,
	.ncolumns = sizeof(list_columns), .note_at = sizeof(list_columns),
	.headed = true,
	.legend = "HERE   severity in a processor's own tables\n"
		  "OUTER  in those of a second dimension; -: not asked there\n",
};

int pmap_check_list(struct pmap_check *c)
{
	struct pmap_writer w;

	pmap_writer_begin(&w, c->q, &list_schema, 0);
	for (unsigned i = 0; i < c->rules; i++) {
		const struct pmap_rule *rule = c->rule[i];
		struct pmap_row row;

		if (!pmap_check_asks(c, i))
			continue;
		pmap_row_init(&row);
		pmap_row_word(&row, L_SEVERITY, severities[rule->severity]);
		pmap_row_word(&row, L_OUTER, severities[rule->outer]);
		pmap_row_word(&row, L_RULE, rule->name);
		pmap_row_word(&row, L_TITLE, rule->title);
		pmap_row_word(&row, L_REASON, rule->reason);
		if (section_of(c, rule))
			pmap_row_word(&row, L_SECTION, section_of(c, rule));
		pmap_write(&w, &row);
	}
	pmap_writer_end(&w);
	pmap_result_u64(c->q->call, "ranges", w.rows);
	c->q->call->stop = false;
	return PMAP_STATUS_OK;
}

/* --- What was found ------------------------------------------------------- */

enum field {
	SEVERITY, RULE, VA, LAST, COUNT, ENTRY, LEVEL, SLOT, RAW, BITS, PA,
	RIGHTS, MT, OTHER, OTHER_RIGHTS, OTHER_MT, SECTION, MESSAGE, FIELDS
};

static const struct pmap_field fields[FIELDS] = {
	[SEVERITY] = PMAP_FIELD("severity", PMAP_WORD, .before = "", .width = 7,
				.head = "SEVERITY"),
	[RULE] = PMAP_FIELD("rule", PMAP_WORD, .before = "  ", .width = 13,
			    .head = "RULE"),
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "  ", .width = 16,
			  .head = "START-LAST"),
	[LAST] = PMAP_FIELD("last", PMAP_ADDRESS, .before = "-", .width = 16,
			    .drop = 1),
	[COUNT] = PMAP_FIELD("count", PMAP_NUMBER),
	[ENTRY] = PMAP_FIELD("entry", PMAP_WORD),
	[LEVEL] = PMAP_FIELD("level", PMAP_NUMBER),
	[SLOT] = PMAP_FIELD("slot", PMAP_HEX),
	[RAW] = PMAP_FIELD("raw", PMAP_HEX),
	[BITS] = PMAP_FIELD("bits", PMAP_HEX),
	[PA] = PMAP_FIELD("pa", PMAP_FRAME),
	[RIGHTS] = PMAP_FIELD("rights", PMAP_WORD, .before = "  ", .width = 7),
	[MT] = PMAP_FIELD("mt", PMAP_WORD),
	[OTHER] = PMAP_FIELD("other", PMAP_ADDRESS),
	[OTHER_RIGHTS] = PMAP_FIELD("other_rights", PMAP_WORD),
	[OTHER_MT] = PMAP_FIELD("other_mt", PMAP_WORD),
	[SECTION] = PMAP_FIELD("section", PMAP_WORD),
	[MESSAGE] = PMAP_FIELD("message", PMAP_WORD, .before = "  ",
			       .look = PMAP_TRAILS),
};

static const uint8_t columns[] = { SEVERITY, RULE, VA, LAST, MESSAGE };

static const struct pmap_sarif_fields sarif = {
	.rule = RULE, .level = SEVERITY, .message = MESSAGE, .first = VA, .last = LAST,
};

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS, .columns = columns,
	.ncolumns = sizeof(columns), .note_at = sizeof(columns),
	.sarif = &sarif,
	.legend = "severity, rule, the addresses that it is about, what is wrong;\n"
		  "`pmap check --list' has the rules with their reasons\n",
};

struct report {
	struct pmap_check *c;
	struct pmap_writer writer;
	uint64_t pc;
	bool has_pc;
};

/* "rwxs wb": of one mapping. */
static void add_way(struct pmap_text *out, const struct pml_format *fmt,
		    unsigned rights, const char *mt)
{
	char name[PMAP_RIGHTS_NAME];

	pmap_text_add(out, "%s%s%s", pmap_rights_name(fmt, rights, name),
		      mt ? " " : "", mt ? mt : "");
}

/* Which bit must not be set, and why. */
static void add_reserved(struct pmap_text *out, const struct pml_space *space,
			 const struct pmap_finding *f)
{
	const struct pml_target end = {
		.kind = PML_RESERVED, .level = f->level, .raw = f->raw,
		.slot_pa = f->slot, .shift = space->fmt->level[f->level].shift,
	};

	pmap_add_reason(out, space, &end);
	if (f->count > 1)
		pmap_text_add(out, "; and %" PRIu64 " more entries", f->count - 1);
}

/* In words: what the rule says, or its title with what is known besides. */
static void add_message(struct pmap_text *out, const struct pmap_check *c,
			const struct pmap_finding *f)
{
	const struct pml_format *fmt =
		pmap_target_space(&c->q->target, f->va)->fmt;

	if (f->rule->say) {
		f->rule->say(out, c->q, f);
		return;
	}
	if (f->rule->kinds == 1u << PML_RESERVED) {
		add_reserved(out, pmap_target_space(&c->q->target, f->va), f);
		return;
	}
	pmap_text_puts(out, f->rule->title);
	if (f->why)
		pmap_text_add(out, ": %s", f->why);
	if (f->has_rights) {
		pmap_text_puts(out, " (");
		add_way(out, fmt, f->rights, f->mt);
		pmap_text_puts(out, ")");
	}
	if (f->has_other) {
		pmap_text_add(out, ": at %016" PRIx64 " (", f->other);
		add_way(out, fmt, f->other_rights, f->other_mt);
		pmap_text_puts(out, ")");
	}
	if (f->level) {
		pmap_text_add(out, "; the %s at 0x%" PRIx64 " = 0x%" PRIx64,
			      fmt->level[f->level].name, f->slot, f->raw);
		if (f->count > 1)
			pmap_text_add(out, " and %" PRIu64 " more", f->count - 1);
	} else if (f->has_pa) {
		pmap_text_add(out, ", frame 0x%" PRIx64, f->pa);
	}
}

static void fill_entry(struct pmap_row *row, const struct pml_format *fmt,
		       const struct pmap_finding *f)
{
	pmap_row_word(row, ENTRY, fmt->level[f->level].name);
	pmap_row_number(row, LEVEL, f->level);
	pmap_row_number(row, SLOT, f->slot);
	pmap_row_number(row, RAW, f->raw);
	if (f->bits)
		pmap_row_number(row, BITS, f->bits);
}

static void write_finding(struct report *p, const struct pmap_finding *f)
{
	const struct pmap_check *c = p->c;
	const struct pml_format *fmt =
		pmap_target_space(&c->q->target, f->va)->fmt;
	char rights[PMAP_RIGHTS_NAME], other[PMAP_RIGHTS_NAME];
	struct pmap_text message = { 0 };
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_word(&row, SEVERITY, severities[pmap_check_severity(c, f->rule)]);
	pmap_row_word(&row, RULE, f->rule->name);
	pmap_row_number(&row, VA, f->va);
	pmap_row_number(&row, LAST, f->last);
	pmap_row_number(&row, COUNT, f->count);
	if (f->level)
		fill_entry(&row, fmt, f);
	if (f->has_pa)
		pmap_row_number(&row, PA, f->pa);
	if (f->has_rights)
		pmap_row_word(&row, RIGHTS, pmap_rights_name(fmt, f->rights, rights));
	if (f->mt)
		pmap_row_word(&row, MT, f->mt);
	if (f->has_other) {
		pmap_row_number(&row, OTHER, f->other);
		pmap_row_word(&row, OTHER_RIGHTS,
			      pmap_rights_name(fmt, f->other_rights, other));
		if (f->other_mt)
			pmap_row_word(&row, OTHER_MT, f->other_mt);
	}
	if (section_of(c, f->rule))
		pmap_row_word(&row, SECTION, section_of(c, f->rule));
	add_message(&message, c, f);
	if (message.data)
		pmap_row_word(&row, MESSAGE, message.data);
	pmap_write(&p->writer, &row);
	pmap_text_free(&message);
}

static bool covers_pc(const struct report *p, const struct pmap_finding *f)
{
	return p->has_pc && p->pc >= f->va && p->pc <= f->last;
}

/* Text for people shows some of many. */
static bool is_cut(const struct report *p)
{
	return p->writer.shape == PMAP_SHAPE_TEXT && !p->c->q->opt.rule &&
	       !p->c->q->opt.output;
}

static void write_rule(struct report *p, const struct pmap_check_found *found)
{
	uint64_t lines = 0, left = 0;

	for (size_t i = 0; i < found->count; i++) {
		if (covers_pc(p, &found->finding[i]))
			continue;
		if (is_cut(p) && lines == LINES_MAX) {
			left++;
			continue;
		}
		lines++;
		write_finding(p, &found->finding[i]);
	}
	left += found->more;
	if (left && p->writer.shape == PMAP_SHAPE_TEXT)
		pmap_text_add(p->c->q->out, "         %-13s  and %" PRIu64 " more%s%s%s\n",
			      found->finding->rule->name, left,
			      found->more ? "" : ": `pmap check --rule ",
			      found->more ? "" : found->finding->rule->name,
			      found->more ? "" : "' has them all");
}

/* Of one severity; what the program counter is in comes first. */
static void write_severity(struct report *p, unsigned severity)
{
	struct pmap_check *c = p->c;

	for (int first = 1; first >= 0; first--)
		for (unsigned i = 0; i < c->rules; i++) {
			const struct pmap_check_found *found = &c->found[i];

			if (!found->count ||
			    pmap_check_severity(c, c->rule[i]) != severity)
				continue;
			if (!first) {
				write_rule(p, found);
				continue;
			}
			for (size_t k = 0; k < found->count; k++)
				if (covers_pc(p, &found->finding[k]))
					write_finding(p, &found->finding[k]);
		}
}

/* "2 errors, 0 warnings, 31 notes: reserved 2, alias-ro 31" */
static void add_summary(struct pmap_check *c)
{
	uint64_t lines[PMAP_SEVERITIES] = { 0 };
	struct pmap_text *out = c->q->out, rules = { 0 };

	for (unsigned i = 0; i < c->rules; i++) {
		uint64_t count = c->found[i].count + c->found[i].more;

		if (!count)
			continue;
		lines[pmap_check_severity(c, c->rule[i])] += count;
		pmap_text_add(&rules, "%s %s %" PRIu64, rules.len ? "," : ":",
			      c->rule[i]->name, count);
	}
	if (rules.len)
		pmap_text_add(out, "%" PRIu64 " errors, %" PRIu64 " warnings, %" PRIu64 " notes%s\n",
			      lines[PMAP_ERROR], lines[PMAP_WARNING],
			      lines[PMAP_NOTE], rules.data);
	else
		pmap_text_add(out, "nothing is wrong by %u rules (%" PRIu64 " entries and holes)\n",
			      __builtin_popcountll(c->on), c->entries);
	if (c->no_place)
		pmap_text_add(out, "not asked: what is in RAM (%s)\n", c->no_place);
	pmap_text_free(&rules);
}

/* --sarif: the rules that were asked. */
static void add_rules(struct report *p)
{
	const struct pmap_check *c = p->c;

	pmap_sarif_begin(&p->writer);
	for (unsigned i = 0; i < c->rules; i++) {
		const struct pmap_rule *rule = c->rule[i];

		if (!pmap_check_asks(c, i))
			continue;
		pmap_sarif_rule(&p->writer, &(struct pmap_sarif_rule){
			.name = rule->name, .title = rule->title,
			.reason = rule->reason, .section = section_of(c, rule),
			.level = severities[pmap_check_severity(c, rule)],
		});
	}
}

void pmap_check_report(struct pmap_check *c)
{
	struct report p = { .c = c };

	p.has_pc = !c->walk.outer && !c->q->target.root_given &&
		   pmap_target_pc(&c->q->target, &p.pc);
	pmap_writer_begin(&p.writer, c->q, &schema, 0);
	if (p.writer.shape == PMAP_SHAPE_SARIF)
		add_rules(&p);
	for (unsigned severity = PMAP_ERROR; severity >= PMAP_NOTE; severity--)
		write_severity(&p, severity);
	if (p.writer.shape == PMAP_SHAPE_TEXT)
		add_summary(c);
	pmap_writer_end(&p.writer);
}
