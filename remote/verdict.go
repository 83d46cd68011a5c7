package remote

import "io"

// maxReport is how much is kept of a report's text. qmail-send keeps less.
const maxReport = 256 << 10

// Verdict is what a program's reports about one recipient come to.
type Verdict struct {
	Letter byte // Accepted, Deferred or Failed
	Text   string
}

// noSense is said of a report on the recipient with an unknown letter.
const noSense = "qmail-remote's report makes no sense. (#4.3.0)\n"

// ReadVerdict reads what qmail-remote(8), or a program in its place, has to say
// about a message with one recipient: a report on that recipient, which may be
// missing, and one on the message. some is false when it said nothing at all.
//
// The recipient's refusal comes before all else. A refusal's text is followed
// by the message's, unless that one has fared better than the recipient. A
// program that has not reported on the message has failed. A report on the
// recipient that says neither yes nor no never makes a success.
func ReadVerdict(in io.Reader) (v Verdict, some bool, err error) {
	var r reports
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		for _, c := range buf[:n] {
			r.add(c)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return Verdict{}, false, err
		}
	}
	return r.verdict(), r.some, nil
}

// Verdict is that of a program that reports r.
func (r Result) Verdict() Verdict {
	var said reports
	for _, c := range r.Append(nil) {
		said.add(c)
	}
	return said.verdict()
}

// reports gathers a program's output.
type reports struct {
	some    bool
	n       int       // reports that have ended
	within  bool      // another has begun
	letter  byte      // its first byte
	texts   [2][]byte // of the first two, whole or not
	letters [2]byte
	message byte // the letter of the first report on the message that has ended
}

func (r *reports) add(c byte) {
	r.some = true
	switch {
	case c == 0:
		if !r.within {
			r.begin(0)
		}
		if r.message == 0 && isMessage(r.letter) {
			r.message = r.letter
		}
		r.n++
		r.within = false
	case !r.within:
		r.begin(c)
	case r.n < len(r.texts) && len(r.texts[r.n]) < maxReport:
		r.texts[r.n] = append(r.texts[r.n], c)
	}
}

func (r *reports) begin(c byte) {
	r.within, r.letter = true, c
	if r.n < len(r.letters) {
		r.letters[r.n] = c
	}
}

func isMessage(c byte) bool { return c == Accepted || c == Deferred || c == Failed }

// rank orders the letters: what is worse is less.
func rank(letter byte) int {
	switch letter {
	case Accepted:
		return 1
	case Deferred:
		return 0
	}
	return -1
}

func (r *reports) verdict() Verdict {
	message := r.message
	if message == 0 {
		message = Failed
	}
	v := Verdict{Letter: message}
	switch c := r.letters[0]; {
	case c == RecipientDeferred:
		v.Letter = Deferred
	case c == RecipientRejected:
		v.Letter = Failed
	case c != RecipientAccepted && !isMessage(c) && message == Accepted:
		return Verdict{Deferred, noSense}
	}
	if r.n == 0 {
		return v // not one whole report
	}
	v.Text = string(r.texts[0])
	if rank(message) <= rank(v.Letter) && isMessage(r.letters[1]) {
		v.Text += string(r.texts[1])
	}
	return v
}
