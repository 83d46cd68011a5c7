package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// result is what a question has brought so far, by system, in the order in
// which they were asked.
type result struct {
	name, title string
	systems     []string
	figures     map[string][]float64 // one a round
}

// note keeps a figure, and tells it: a run that is broken off has not been for
// nothing. Figures of one name may have several titles.
func (b *bench) note(name, title, system string, figure float64) {
	i := slices.IndexFunc(b.results, func(r *result) bool { return r.title == title })
	if i < 0 {
		i = len(b.results)
		b.results = append(b.results, &result{name: name, title: title, figures: make(map[string][]float64)})
	}
	r := b.results[i]
	if !slices.Contains(r.systems, system) {
		r.systems = append(r.systems, system)
	}
	r.figures[system] = append(r.figures[system], figure)
	b.say(name, title, system, strconv.FormatFloat(figure, 'f', 0, 64))
}

func median(figures []float64) float64 {
	s := slices.Sorted(slices.Values(figures))
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// introduce says what is compared.
func (b *bench) introduce() {
	w := b.p.Stdout
	fmt.Fprintf(w, "%d messages of %d bytes, %d recipients of a list, %d rounds; %d deliveries at once\n\nOn disk when it is acknowledged (fsyncs for each message):\n",
		b.messages, size, b.recipients, b.rounds, concurrency)
	for _, s := range b.systems {
		fmt.Fprintf(w, "  %-20s %s\n", s.name(), s.durability())
		if q, ok := s.(*qmail); ok && q.resident {
			if q.listening() {
				fmt.Fprintf(w, "  %-20s SMTP by %s, which listens itself; queue by qmail-queued\n", "", listener)
			} else {
				fmt.Fprintf(w, "  %-20s SMTP by tcpserver and qmail-smtpd, as there is no %s in %s/bin; queue by qmail-queued\n", "", listener, q.home)
			}
		}
	}
	fmt.Fprintf(w, "  %-20s the files, links and fsyncs of qmailkit, without a mail system\n", nameLimit)
}

// report prints the medians and what they are to each other.
func (b *bench) report() {
	w := b.p.Stdout
	last := ""
	for _, r := range b.results {
		if r.name == startup {
			if r.name != last {
				fmt.Fprintln(w, "\nstartup: whole life of a program, in microseconds")
			}
			c, ours := median(r.figures[nameC]), median(r.figures[nameClassic])
			fmt.Fprintf(w, "  %-20s %8.0f  C %.0f, %.2f of it\n", r.title, ours, c, ours/c)
		} else {
			fmt.Fprintf(w, "\n%s: %s\n", r.name, r.title)
			r.rows(w)
		}
		last = r.name
	}
	b.reportWaiting()
}

// rows prints a line for each system.
func (r *result) rows(w io.Writer) {
	for _, s := range r.systems {
		f := r.figures[s]
		line := fmt.Sprintf("  %-20s %8.0f a second  (%.0f to %.0f)", s, median(f), slices.Min(f), slices.Max(f))
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-58s%s", line, r.ratios(s)), " "))
	}
}

// ratios compares one of qmailkit's rows with the others'.
func (r *result) ratios(system string) string {
	if system != nameClassic && system != nameResident {
		return ""
	}
	var all []string
	for _, other := range []string{nameC, namePostfix, nameLimit} {
		if base := median(r.figures[other]); base > 0 {
			all = append(all, strconv.FormatFloat(median(r.figures[system])/base, 'f', 2, 64)+" of "+other)
		}
	}
	return strings.Join(all, ", ")
}

// reportWaiting compares a message's cost in the fullest queue with that in
// the first.
func (b *bench) reportWaiting() {
	var rows []*result
	for _, r := range b.results {
		if r.name == "waiting" {
			rows = append(rows, r)
		}
	}
	if len(rows) < 2 {
		return
	}
	fmt.Fprintln(b.p.Stdout, "\nwaiting: a message's cost in the fullest queue, beside that in the first")
	first, last := rows[0], rows[len(rows)-1]
	for _, s := range first.systems {
		if many := median(last.figures[s]); many > 0 {
			fmt.Fprintf(b.p.Stdout, "  %-20s a message costs %.2f times as much with %d as with %d\n", s, median(first.figures[s])/many,
				b.queued[len(b.queued)-1], b.queued[0])
		}
	}
}
