package reportcmd

import (
	"html"
	"math"
	"strconv"
	"strings"
	"time"
)

const style = `body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222;background:#fff}
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin:2rem 0 .4rem}p{margin:.2rem 0 1rem;color:#555}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.15rem .7rem .15rem 0;text-align:right;vertical-align:top}
td:last-child,th:last-child{text-align:left;overflow-wrap:anywhere}th{border-bottom:1px solid #bbb;font-weight:600}
#overall td{text-align:left}svg{width:100%;height:auto;font:11px system-ui,sans-serif}svg text{fill:#555}
.k{fill:#3a8f4d}.z{fill:#e0a526}.d{fill:#c43c3c}.m{fill:#4a78b5}.l{stroke:#4a78b5;stroke-width:2;fill:none}.a{stroke:#bbb}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}p,svg text{color:#999;fill:#999}th{border-color:#555}}
`

// page returns the report as an HTML page that needs nothing else.
func page(f *Facts, now time.Time) string {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>qmail report</title>\n" +
		"<meta name=\"viewport\" content=\"width=device-width\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n" +
		"<style>\n" + style + "</style>\n</head>\n<body>\n<h1>qmail report</h1>\n")
	element(&b, "p", f.span()+"; made "+now.Format("2006-01-02 15:04:05 MST"))
	b.WriteString("<table id=\"overall\">\n")
	for _, x := range append(f.overall(), f.more()...) {
		b.WriteString("<tr>")
		element(&b, "td", x.Name)
		element(&b, "td", x.Value)
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
	plots(&b, f)
	for _, t := range f.tables() {
		element(&b, "h2", t.Title)
		b.WriteString("\n<table>\n")
		for n, row := range t.Rows {
			b.WriteString("<tr>")
			for _, cell := range row {
				element(&b, map[bool]string{true: "th", false: "td"}[n == 0], cell)
			}
			b.WriteString("</tr>\n")
		}
		b.WriteString("</table>\n")
	}
	b.WriteString("</body>\n</html>\n")
	return b.String()
}

func element(b *strings.Builder, name, text string) {
	b.WriteString("<" + name + ">" + html.EscapeString(text) + "</" + name + ">")
}

// Measures of a plot, in its own units.
const (
	plotWidth, plotHeight = 900, 200
	plotLeft, plotBottom  = 50, 20
	plotTop               = 10
	areaWidth             = plotWidth - plotLeft - 10
	areaHeight            = plotHeight - plotBottom - plotTop
)

// bar is a column of stacked parts, with what to say about it.
type bar struct {
	parts []float64
	says  string
}

func plots(b *strings.Builder, f *Facts) {
	var attempts, messages []bar
	for _, p := range f.Periods {
		at := f.label(p)
		attempts = append(attempts, bar{[]float64{float64(p.Successes), float64(p.Deferrals), float64(p.Failures)},
			at + ": " + strconv.Itoa(p.Successes) + " successes, " + strconv.Itoa(p.Deferrals) + " deferrals, " + strconv.Itoa(p.Failures) + " failures"})
		messages = append(messages, bar{[]float64{float64(p.Messages)}, at + ": " + strconv.Itoa(p.Messages) + " messages, " + strconv.FormatUint(p.Bytes, 10) + " bytes"})
	}
	if len(f.Periods) > 0 {
		first, last := f.label(f.Periods[0]), f.label(f.Periods[len(f.Periods)-1])
		each := " per " + (time.Duration(f.PeriodStep) * time.Second).String()
		bars(b, "deliveries", "Deliveries"+each+": success (green), deferral (yellow), failure (red)", first, last, attempts, "k", "z", "d")
		bars(b, "messages", "Messages that left the queue"+each, first, last, messages, "m")
	}
	if len(f.Delays) > 1 {
		curve(b, f.Delays)
	}
}

// axes begins a plot: its title, lines and what stands at their ends.
func axes(b *strings.Builder, id, title, top, first, last string) {
	element(b, "h2", title)
	b.WriteString("\n<svg id=\"" + id + "\" role=\"img\" viewBox=\"0 0 " + strconv.Itoa(plotWidth) + " " + strconv.Itoa(plotHeight) + "\">\n")
	element(b, "title", title)
	label := func(x, y int, anchor, text string) {
		b.WriteString("<text x=\"" + strconv.Itoa(x) + "\" y=\"" + strconv.Itoa(y) + "\" text-anchor=\"" + anchor + "\">" + html.EscapeString(text) + "</text>\n")
	}
	label(plotLeft-5, plotTop+8, "end", top)
	label(plotLeft-5, plotTop+areaHeight, "end", "0")
	label(plotLeft, plotHeight-5, "start", first)
	label(plotLeft+areaWidth, plotHeight-5, "end", last)
	b.WriteString("<path class=\"a\" d=\"M" + strconv.Itoa(plotLeft) + " " + strconv.Itoa(plotTop+areaHeight) + "h" + strconv.Itoa(areaWidth) + "\"/>\n")
}

func coordinate(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// bars draws columns; classes are those of their parts, from below.
func bars(b *strings.Builder, id, title, first, last string, all []bar, classes ...string) {
	highest := 0.0
	for _, x := range all {
		sum := 0.0
		for _, part := range x.parts {
			sum += part
		}
		highest = max(highest, sum)
	}
	axes(b, id, title, number(highest), first, last)
	width := float64(areaWidth) / float64(len(all))
	for n, x := range all {
		y := float64(plotTop + areaHeight)
		b.WriteString("<g>")
		element(b, "title", x.says)
		for i, part := range x.parts {
			if part == 0 {
				continue
			}
			height := part / highest * areaHeight
			y -= height
			b.WriteString("<rect class=\"" + classes[i] + "\" x=\"" + coordinate(plotLeft+float64(n)*width) + "\" y=\"" + coordinate(y) +
				"\" width=\"" + coordinate(max(width-1, 0.5)) + "\" height=\"" + coordinate(height) + "\"/>")
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
}

// curve draws how many of the successes happened within what time; time is in
// powers of ten.
func curve(b *strings.Builder, shares []Share) {
	const shortest = 0.01 // seconds
	power := func(s float64) float64 { return math.Log10(max(s, shortest)) }
	low, high := power(shares[0].DoneBy), power(shares[len(shares)-1].DoneBy)
	if high <= low {
		high = low + 1
	}
	axes(b, "delays", "Share of the successes that happened within so many seconds", "100%", seconds(math.Pow(10, low))+" s", seconds(math.Pow(10, high))+" s")
	b.WriteString("<path class=\"l\" d=\"")
	for n, s := range shares {
		b.WriteString(map[bool]string{true: "M", false: "L"}[n == 0] + coordinate(plotLeft+(power(s.DoneBy)-low)/(high-low)*areaWidth) + " " +
			coordinate(plotTop+areaHeight-float64(s.Percent)/100*areaHeight))
	}
	b.WriteString("\"/>\n</svg>\n")
}
