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
	costs       map[string][]float64 // processor time a message, in microseconds, where it was asked for
}

func newResult(name, title string) *result {
	return &result{name: name, title: title, figures: make(map[string][]float64), costs: make(map[string][]float64)}
}

// of returns what there is of a title, if there is anything.
func (b *bench) of(name, title string) *result {
	i := slices.IndexFunc(b.results, func(r *result) bool { return r.title == title })
	if i < 0 {
		i = len(b.results)
		b.results = append(b.results, newResult(name, title))
	}
	return b.results[i]
}

// noteCost keeps what a message has cost.
func (b *bench) noteCost(title, system string, microseconds float64) {
	r := b.of("waiting", title)
	r.costs[system] = append(r.costs[system], microseconds)
}

// noteMemory keeps how much memory something had, in kilobytes.
func (b *bench) noteMemory(name, what string, kilobytes int) {
	r := b.of(memory, what)
	r.figures[name] = append(r.figures[name], float64(kilobytes))
	b.say(name, what, strconv.Itoa(kilobytes)+" kB")
}

// memory is the name of results that are no rates but kilobytes.
const memory = "memory"

// note keeps a figure, and tells it: a run that is broken off has not been for
// nothing. Figures of one name may have several titles.
func (b *bench) note(name, title, system string, figure float64) {
	r := b.of(name, title)
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
		switch r.name {
		case memory:
		case startup:
			if r.name != last {
				fmt.Fprintln(w, "\nstartup: whole life of a program, in microseconds")
			}
			c, ours := median(r.figures[nameC]), median(r.figures[nameClassic])
			fmt.Fprintf(w, "  %-20s %8.0f  C %.0f, %.2f of it\n", r.title, ours, c, ours/c)
		default:
			fmt.Fprintf(w, "\n%s: %s\n", r.name, r.title)
			r.rows(w)
		}
		last = r.name
	}
	b.reportRest()
}

// rows prints a line for each system.
func (r *result) rows(w io.Writer) {
	for _, s := range r.systems {
		f := r.figures[s]
		line := fmt.Sprintf("  %-20s %8.0f a second  (%.0f to %.0f)", s, median(f), slices.Min(f), slices.Max(f))
		rest := r.ratios(s)
		if c := r.costs[s]; len(c) > 0 {
			rest = fmt.Sprintf("%.0f microseconds of processor time each", median(c))
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-58s %s", line, rest), " "))
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

// reportRest compares results with each other, and tells those that are not of
// speed.
func (b *bench) reportRest() {
	w := b.p.Stdout
	b.compare("waiting", fmt.Sprintf("with %d waiting, beside that with %d", b.queued[len(b.queued)-1], b.queued[0]))
	b.compare("slow", fmt.Sprintf("beside %d slow deliveries, beside that without them", b.slow))
	heading := "\nmemory, in megabytes\n"
	for _, r := range b.results {
		if r.name == memory {
			for _, figures := range r.figures {
				fmt.Fprintf(w, "%s  %-50s %8.1f\n", heading, r.title, median(figures)/1024)
			}
			heading = ""
		}
	}
}

// compare tells what the last result of a name is to the first.
func (b *bench) compare(name, what string) {
	var rows []*result
	for _, r := range b.results {
		if r.name == name {
			rows = append(rows, r)
		}
	}
	if len(rows) < 2 {
		return
	}
	fmt.Fprintf(b.p.Stdout, "\n%s: a message's cost %s\n", name, what)
	first, last := rows[0], rows[len(rows)-1]
	for _, s := range first.systems {
		if pace := median(last.figures[s]); pace > 0 {
			line := fmt.Sprintf("  %-20s %.2f times the time", s, median(first.figures[s])/pace)
			if few := median(first.costs[s]); few > 0 {
				line += fmt.Sprintf(", %.2f times the processor time", median(last.costs[s])/few)
			}
			fmt.Fprintln(b.p.Stdout, line)
		}
	}
}
