package mess822

import (
	"strconv"
	"strings"
	"time"
)

// Time is a date and time as a field says it; nobody has checked whether
// there is such a day.
type Time struct {
	Year, Month, Day, Hour, Minute, Second int

	Offset   int  // of its zone from UTC, in minutes, positive in the east
	NoOffset bool // the zone is not told: "-0000", RFC 5322 section 3.3
}

// maxOffset is more, in minutes, than the four digits of a zone can say.
const maxOffset = 100 * 60

// months is where a month's name stands, three bytes each.
const months = "janfebmaraprmayjunjulaugsepoctnovdec"

// offset knows the names of zones: those of RFC 822 section 5 and others in
// use, in minutes.
func offset(name string) (minutes int, ok bool) {
	switch strings.ToUpper(name) {
	case "UT", "GMT", "UTC", "Z":
		return 0, true
	case "BST", "CET", "MET":
		return 60, true
	case "EET", "IST", "METDST", "CEST":
		return 120, true
	case "EEST":
		return 180, true
	case "HKT":
		return 480, true
	case "JST":
		return 540, true
	case "EDT":
		return -240, true
	case "EST", "CDT":
		return -300, true
	case "CST", "MDT":
		return -360, true
	case "MST", "PDT":
		return -420, true
	case "PST":
		return -480, true
	}
	return 0, false
}

// When reads the date in the contents of a field, behind its last comma or
// semicolon: Date has one, and Received too. ok is false where there is none
// with all its parts.
func When(contents string) (t Time, ok bool) {
	tokens := Tokens(contents)
	for i := len(tokens) - 1; i > 0; i-- {
		if k := tokens[i].Kind; k == ';' || k == ',' {
			tokens = tokens[i+1:]
			break
		}
	}
	return when(tokens)
}

// when goes through day, month, year, hour, ':', minute, and then perhaps ':'
// and a second, zone and "DST".
func when(tokens []Token) (t Time, ok bool) {
	numbers := [...]*int{&t.Day, nil, &t.Year, &t.Hour, nil, &t.Minute, nil, &t.Second}
	const month, firstColon, secondColon, zone, summer = 1, 4, 6, 8, 9
	place := 0
	for _, token := range tokens {
		switch {
		case token.Kind == ':' && (place == firstColon || place == secondColon):
			place++
			continue
		case token.Kind != Word:
			continue
		}
		if place == secondColon {
			place = zone // a time without a second
		}
		switch place {
		case month:
			i := -1
			if len(token.Text) == 3 {
				i = strings.Index(months, strings.ToLower(token.Text))
			}
			if i < 0 || i%3 != 0 {
				return t, false
			}
			t.Month = i/3 + 1
		case firstColon:
			return t, false
		case zone:
			if t.Offset, t.NoOffset, ok = readZone(token.Text); !ok {
				return t, false
			}
		case summer:
			if strings.EqualFold(token.Text, "DST") {
				t.Offset += 60
			}
			continue
		default:
			n, ok := number(token.Text, 99)
			if place == 2 {
				n, ok = year(token.Text)
			}
			if !ok {
				return t, false
			}
			*numbers[place] = n
		}
		place++
	}
	return t, place == summer && -maxOffset < t.Offset && t.Offset < maxOffset
}

// number reads decimal digits.
func number(s string, limit int) (n int, ok bool) {
	s = strings.TrimPrefix(s, "+")
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= limit
}

// year completes one of two or three digits.
func year(s string) (n int, ok bool) {
	n, ok = number(s, 9999)
	if n < 50 {
		n += 2000
	}
	if n < 999 {
		n += 1900
	}
	return n, ok
}

func readZone(s string) (minutes int, untold, ok bool) {
	if minutes, ok = offset(s); ok {
		return minutes, false, true
	}
	digits, west := strings.CutPrefix(s, "-")
	if west && strings.HasPrefix(digits, "+") {
		return 0, false, false
	}
	n, ok := number(digits, 9999)
	minutes = n/100*60 + n%100
	if west {
		minutes = -minutes
	}
	return minutes, s == "-0000", ok
}

// At returns the time of t in UTC. Parts that are too large go on in the next.
func (t Time) At() time.Time {
	return time.Date(t.Year, time.Month(t.Month), t.Day, t.Hour, t.Minute-t.Offset, t.Second, 0, time.UTC)
}

// Of returns t in UTC, without a zone of its own.
func Of(t time.Time) Time {
	t = t.UTC()
	return Time{
		Year: t.Year(), Month: int(t.Month()), Day: t.Day(), Hour: t.Hour(), Minute: t.Minute(), Second: t.Second(),
		NoOffset: true,
	}
}

// Field writes t for a Date field.
func (t Time) Field() string {
	month := months[t.Month*3-3 : t.Month*3]
	b := strconv.AppendInt(nil, int64(t.Day), 10)
	b = append(b, ' ', month[0]-'a'+'A', month[1], month[2], ' ')
	b = strconv.AppendInt(b, int64(t.Year), 10)
	for i, n := range []int{t.Hour, t.Minute, t.Second} {
		b = two(append(b, " ::"[i]), n)
	}
	b = append(b, ' ')
	if t.NoOffset {
		return string(append(b, "-0000"...))
	}
	return string(t.zone(b))
}

// ISO writes t as "2026-11-02 03:04:05 +0000".
func (t Time) ISO() string {
	return string(t.zone(append([]byte(t.ISOLocal()), ' ')))
}

// ISOLocal is ISO without the zone.
func (t Time) ISOLocal() string {
	b := strconv.AppendInt(nil, int64(t.Year), 10)
	for i, n := range []int{t.Month, t.Day, t.Hour, t.Minute, t.Second} {
		b = two(append(b, "-- ::"[i]), n)
	}
	return string(b)
}

// Digits writes t as in a Message-ID, "20261102030405".
func (t Time) Digits() string {
	b := strconv.AppendInt(nil, int64(t.Year), 10)
	for _, n := range []int{t.Month, t.Day, t.Hour, t.Minute, t.Second} {
		b = two(b, n)
	}
	return string(b)
}

func (t Time) zone(b []byte) []byte {
	n, sign := t.Offset, byte('+')
	if n < 0 {
		n, sign = -n, '-'
	}
	return two(two(append(b, sign), n/60), n%60)
}

func two(b []byte, n int) []byte {
	if n < 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(n), 10)
}
