package analog

import (
	"slices"
	"strconv"
)

// Distribution is how soon messages reach their recipients. The zero
// Distribution is ready.
type Distribution struct {
	delays []float64 // ddelays of the successes, to six digits
}

// Add takes in a record.
func (t *Distribution) Add(r Record) {
	if d, ok := r.(*Delivery); ok && d.Result == 'k' {
		delay, _ := strconv.ParseFloat(plain(d.DDelay()), 64)
		t.delays = append(t.delays, delay)
	}
}

// Share is one line of ddist.
type Share struct {
	DoneBy  float64 // seconds within which so many successes happened
	Average float64 // of all different ddelays up to this share
	Percent int
}

// Shares returns the distribution from ten percent on, as far as there are
// deliveries that end a percentage.
func (t *Distribution) Shares() []Share {
	slices.Sort(t.delays)
	var least [101]float64
	var sum [101]float64
	var count [101]int
	for i, delay := range t.delays {
		if i+1 < len(t.delays) && t.delays[i+1] == delay {
			continue
		}
		p := (i + 1) * 100 / len(t.delays)
		if count[p] == 0 {
			least[p] = delay
		}
		sum[p] += delay
		count[p]++
	}
	var shares []Share
	total, n := 0.0, 0
	for p := range count {
		total += sum[p]
		n += count[p]
		if p >= 10 && count[p] > 0 && least[p] >= 0 {
			shares = append(shares, Share{DoneBy: least[p], Average: total / float64(n), Percent: p})
		}
	}
	return shares
}

// Rows returns a line for each share: doneby, average, percent.
func (t *Distribution) Rows() []string {
	var lines []string
	for _, s := range t.Shares() {
		lines = append(lines, fixed(s.DoneBy, 2)+" "+fixed(s.Average, 2)+" "+strconv.Itoa(s.Percent))
	}
	return lines
}
