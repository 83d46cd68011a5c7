package addr

// Rules completes the addresses that people write.
type Rules struct {
	Host   []Token // "@" and the name for an address without a host
	Domain []Token // "." and the name for a host without a dot
	Plus   []Token // "." and the name for a host that ends with a plus sign
}

// Complete returns an address with its host, all its domains and without a
// source route, as qmail-header(5) has it. One that says nothing stays empty,
// and so does one that is all source route; "#@[]" and the like stay as they
// are. Comments have no effect and stay in place.
func (r *Rules) Complete(address []Token) []Token {
	a := address
	last := lastWord(a)
	if last < 0 {
		return a
	}
	if a[last].Kind == Literal && a[last].Text == "" {
		if at := lastWord(a[:last]); at >= 0 && a[at].Kind == At {
			return a
		}
	}
	a = append([]Token(nil), withoutRoute(a)...)
	for _, k := range []Kind{Dot, At} {
		if last = lastWord(a); last >= 0 && a[last].Kind == k {
			a = append(a[:last], a[last+1:]...)
		}
	}
	if lastWord(a) < 0 {
		return nil
	}
	if !has(a, At) {
		a = append(a, r.Host...)
	}
	if last = lastWord(a); a[last].Kind == Atom && endsInPlus(a[last].Text) {
		a[last].Text = a[last].Text[:len(a[last].Text)-1]
		a = append(a, r.Plus...)
	}
	if host := a[lastAt(a)+1:]; !has(host, Dot) && !has(host, Literal) {
		a = append(a, r.Domain...)
	}
	return a
}

// lastWord is the place of the last token that is no comment, -1 for none.
func lastWord(a []Token) int {
	i := len(a) - 1
	for i >= 0 && a[i].Kind == Comment {
		i--
	}
	return i
}

func lastAt(a []Token) int {
	i := len(a) - 1
	for i >= 0 && a[i].Kind != At {
		i--
	}
	return i
}

func has(a []Token, k Kind) bool { return find(a, k) < len(a) }

// find is the place of the first token of a kind, len(a) for none.
func find(a []Token, k Kind) int {
	for i, t := range a {
		if t.Kind == k {
			return i
		}
	}
	return len(a)
}

func endsInPlus(s string) bool { return s != "" && s[len(s)-1] == '+' }

// withoutRoute drops "@relay,@relay:" (RFC 822 section 6.1, "route").
func withoutRoute(a []Token) []Token {
	i := 0
	for i < len(a) && a[i].Kind == Comment {
		i++
	}
	if i == len(a) || a[i].Kind != At {
		return a
	}
	for i < len(a) && a[i].Kind != Colon {
		i++
	}
	if i == len(a) {
		return nil
	}
	return a[i+1:]
}
