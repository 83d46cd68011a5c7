package inject

import (
	"bufio"
	"io"
	"strings"
)

// maxHeader bounds what is kept of a message in memory.
const maxHeader = 16 << 20

// input reads a message.
type input struct {
	r     *bufio.Reader
	total int  // bytes of the header so far
	ended bool // a terminal is not asked again after its end of file
}

func newInput(r io.Reader) *input { return &input{r: bufio.NewReaderSize(r, 8192)} }

// line reads a line; one that the input does not end is ended. The error is
// io.EOF, ErrHeaderTooLong or a ReadError.
func (in *input) line() (string, error) {
	if in.ended {
		return "", io.EOF
	}
	var b []byte
	for {
		part, err := in.r.ReadSlice('\n')
		b = append(b, part...)
		if in.total += len(part); in.total > maxHeader {
			return "", ErrHeaderTooLong
		}
		switch err {
		case nil:
			return string(b), nil
		case bufio.ErrBufferFull:
			continue
		case io.EOF:
			in.ended = true
			if len(b) == 0 {
				return "", io.EOF
			}
			return string(b) + "\n", nil
		}
		return "", &ReadError{err}
	}
}

// header calls field with each field of the header, folds included, and
// returns what it read of the body. A line that belongs to no field starts the
// body, behind an empty line that is put in. A From_ line, as mbox(5) has it,
// becomes a field.
func (in *input) header(field func(string) error) (rest string, err error) {
	var current strings.Builder
	flush := func() error {
		if current.Len() == 0 {
			return nil
		}
		f := current.String()
		current.Reset()
		return field(f)
	}
	for {
		line, err := in.line()
		if err == io.EOF {
			return "", flush()
		}
		if err != nil {
			return "", err
		}
		if current.Len() > 0 && (line[0] == ' ' || line[0] == '\t') {
			current.WriteString(line)
			continue
		}
		if err := flush(); err != nil {
			return "", err
		}
		switch {
		case line == "\n":
			return line, nil
		case strings.HasPrefix(line, "From "):
			current.WriteString("MBOX-Line: ")
		case !isField(line):
			return "\n" + line, nil
		}
		current.WriteString(line)
	}
}

// body copies what has not been read yet.
func (in *input) body(w io.Writer) (n int64, err error) {
	if in.ended {
		return 0, nil
	}
	buf := make([]byte, 8192)
	last := byte('\n')
	for {
		k, rerr := in.r.Read(buf)
		if k > 0 {
			last = buf[k-1]
			wrote, err := w.Write(buf[:k])
			if n += int64(wrote); err != nil {
				return n, err
			}
		}
		if rerr == io.EOF {
			break
		}
		if rerr != nil {
			return n, &ReadError{rerr}
		}
	}
	if last != '\n' {
		k, err := io.WriteString(w, "\n")
		return n + int64(k), err
	}
	return n, nil
}

// isField tells whether a line starts a header field: a name of printable
// characters, and a colon, perhaps after blanks (RFC 822 section 3.1.2).
func isField(line string) bool {
	name, _, ok := strings.Cut(line, ":")
	if name = strings.TrimRight(name, " \t"); !ok || name == "" {
		return false
	}
	for i := 0; i < len(name); i++ {
		if name[i] <= ' ' || name[i] >= 127 {
			return false
		}
	}
	return true
}
