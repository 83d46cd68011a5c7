package mess822

import "strings"

// Token is a word, a special character or a comment.
type Token struct {
	Kind byte   // Word, Comment, Space or the special character itself
	Text string // what it says, without the quotes, brackets or backslashes around it; of a domain literal the brackets stay
}

// The kinds of a Token that are not one of the characters "<>,;:@.".
const (
	Word    = '='
	Comment = '('
	Space   = ' '
)

// special are the characters that end a word.
const special = "\"[(<>,;:@. \t\r\n"

// Tokens takes the contents of a field apart. Anything is a list of tokens:
// what is never closed ends at the end.
func Tokens(s string) []Token {
	list := make([]Token, 0, len(s)/4+4)
	for i := 0; i < len(s); {
		t := Token{Kind: s[i], Text: s[i : i+1]}
		switch t.Kind {
		case '"':
			t.Text, i = enclosed(s, i, '"')
			t.Kind = Word
		case '[':
			t.Text, i = enclosed(s, i, ']')
			t.Kind, t.Text = Word, "["+t.Text+"]"
		case '(':
			t.Text, i = enclosed(s, i, ')')
		case '<', '>', ',', ';', ':', '@', '.':
			i++
		case ' ', '\t':
			t.Kind = Space
			i++
		case '\n', '\r':
			t = Token{Space, " "}
			i++
		default:
			t.Text, i = word(s, i)
			t.Kind = Word
		}
		list = append(list, t)
	}
	return list
}

// enclosed reads from an opening character at s[i] to behind the end that
// belongs to it. Comments nest; a backslash makes a character a plain one.
func enclosed(s string, i int, end byte) (text string, next int) {
	var b []byte
	depth := 1
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == end:
			if depth--; depth == 0 {
				return string(b), i + 1
			}
		case c == '(' && end == ')':
			depth++
		case c == '\\' && i+1 < len(s):
			i++
		}
		b = append(b, s[i])
	}
	return string(b), i
}

func word(s string, i int) (text string, next int) {
	var b []byte
	for start := i; i < len(s) && (i == start || strings.IndexByte(special, s[i]) < 0); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b), i
}
