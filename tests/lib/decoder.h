/*
 * What the tests of decoders have in common: words that cannot be decoded, and
 * random ones with their text, for tests/lib/decoder.sh to compare with a
 * disassembler's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_LIB_DECODER_H
#define TESTS_LIB_DECODER_H

#include <stdlib.h>
#include <string.h>

#include "lib/random.h"
#include "tap.h"
#include "target/insn.h"

/* A word that cannot be decoded, and a part of the reason. */
struct unknown {
	uint32_t word;
	const char *why;
};

static inline void check_unknown(const struct unknown *list, size_t count,
				 void (*decode)(uint32_t word, struct pmap_insn *insn))
{
	struct pmap_insn insn;

	for (size_t i = 0; i < count; i++) {
		decode(list[i].word, &insn);
		ok(insn.unknown && strstr(insn.unknown, list[i].why) && !insn.mems,
		   "0x%08x: %s", list[i].word, insn.unknown ? insn.unknown : "known");
	}
}

/*
 * argv: PROGRAM SEED N FILE.  Writes N words to FILE; prints of each the word, its
 * text, why it cannot be decoded and a note, with tabs between.
 *
 * `pick' makes a word; `decode' fills in *insn of word number `i', returns the note
 * and may shorten *word to what is printed.  The exit status.
 */
static inline int write_words(char **argv, uint32_t (*pick)(struct random *r),
			      const char *(*decode)(uint64_t i, uint32_t *word,
						    struct pmap_insn *insn))
{
	struct random r = random_fork(strtoull(argv[1], NULL, 0), 0);
	uint64_t n = strtoull(argv[2], NULL, 0);
	FILE *file = fopen(argv[3], "wb");
	struct pmap_insn insn;

	if (!file)
		return 1;
	for (uint64_t i = 0; i < n; i++) {
		uint32_t word = pick(&r);
		const char *note;

		for (int byte = 0; byte < 32; byte += 8)
			fputc(word >> byte & 0xff, file);
		note = decode(i, &word, &insn);
		printf("%08x\t%s\t%s\t%s\n", word, insn.text,
		       insn.unknown ? insn.unknown : "", note);
	}
	return fclose(file) ? 1 : 0;
}

#endif
