package logs

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"qmailkit/internal/tai64"
)

// maxLine bounds what is kept of a line, in bytes.
const maxLine = 1 << 20

// source is a place that is being read.
type source struct {
	place   Place
	parser  Parser
	waiting []string        // files to be read before current
	seen    map[string]bool // names of rotated files, read or to be read
	owed    int             // rotations whose file is not there yet; its lines have been read
	file    *os.File
	in      *bufio.Reader
	part    []byte // of a line
	long    bool   // of which the rest is dropped
	read    int64  // bytes of file
	last    bool   // file is no more what its name says: there is nothing to come
	head    *Line
}

// rotated returns the names of the files that multilog has finished, the
// oldest first.
func rotated(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if ext := filepath.Ext(name); ext != ".s" && ext != ".u" || len(name) != tai64.LabelSize+2 {
			continue
		}
		if _, err := tai64.Parse(name[:tai64.LabelSize]); err == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// begin opens a place. Stdin is what "-" means.
func begin(place Place, stdin *os.File, parser Parser) (*source, error) {
	s := &source{place: place, parser: parser, seen: make(map[string]bool), in: bufio.NewReaderSize(nil, 1<<16)}
	if place.Path == "-" {
		s.use(stdin)
		return s, nil
	}
	return s, s.advance()
}

func (s *source) use(f *os.File) {
	s.file, s.read, s.last = f, 0, false
	s.in.Reset(f)
}

// name is the path of what is being written.
func (s *source) name() string {
	if s.place.Folder {
		return filepath.Join(s.place.Path, current)
	}
	return s.place.Path
}

// advance opens the next file. There may be none just now.
func (s *source) advance() error {
	s.close()
	for {
		name, finished := s.name(), len(s.waiting) > 0
		if finished {
			name = filepath.Join(s.place.Path, s.waiting[0])
			s.waiting = s.waiting[1:]
		}
		f, err := os.Open(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && finished:
			continue // multilog has removed it
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		}
		if !finished {
			if err := s.finished(nil); err != nil || len(s.waiting) > 0 {
				f.Close()
				if err != nil {
					return err
				}
				continue // what was finished just now comes first
			}
		}
		s.use(f)
		s.last = finished
		return nil
	}
}

func (s *source) close() {
	if s.file != nil && s.place.Path != "-" {
		s.file.Close()
	}
	s.file = nil
}

// fill gives head a line, if there is a whole one.
func (s *source) fill() error {
	for s.head == nil {
		if s.file == nil {
			if s.place.Path == "-" {
				return nil
			}
			if err := s.advance(); err != nil || s.file == nil {
				return err
			}
		}
		raw, whole, err := s.line()
		if err != nil {
			return err
		}
		if whole {
			l := s.parser.Parse(raw)
			s.head = &l
			return nil
		}
		more, err := s.end()
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// line returns the next line, if all of it is there.
func (s *source) line() (line string, whole bool, err error) {
	for {
		part, err := s.in.ReadSlice('\n')
		s.read += int64(len(part))
		if !s.long {
			s.part = append(s.part, part...)
		}
		switch {
		case err == nil:
			line = string(s.part[:min(len(s.part), maxLine)])
			if n := len(line); n > 0 && line[n-1] == '\n' {
				line = line[:n-1]
			}
			s.part, s.long = s.part[:0], false
			return line, true, nil
		case errors.Is(err, bufio.ErrBufferFull):
			s.long = len(s.part) >= maxLine
		case errors.Is(err, io.EOF):
			return "", false, nil
		default:
			return "", false, err
		}
	}
}

// end is at the end of a file: more tells that there may be more to read now.
// A file that has been replaced is read to its end once again first, because
// something may have been written to it meanwhile.
func (s *source) end() (more bool, err error) {
	if s.place.Path == "-" {
		s.file = nil
		return false, nil
	}
	if s.last {
		s.part, s.long = s.part[:0], false // a line that has lost its end
		return true, s.advance()
	}
	mine, err := s.file.Stat()
	if err != nil {
		return false, err
	}
	now, err := os.Stat(s.name())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !os.SameFile(mine, now):
		s.last = true
		return true, s.finished(mine)
	case mine.Size() < s.read: // emptied and begun anew
		s.part, s.long = s.part[:0], false
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return false, err
		}
		s.use(s.file)
		return true, nil
	}
	return false, nil
}

// finished finds the files that multilog has finished since the last look. One
// of them is what was read as current, mine, unless a processor is still at
// it: then the next that comes is.
func (s *source) finished(mine os.FileInfo) error {
	if !s.place.Folder {
		return nil
	}
	names, err := rotated(s.place.Path)
	if err != nil {
		return err
	}
	for _, name := range names {
		if s.seen[name] {
			continue
		}
		s.seen[name] = true
		fi, err := os.Stat(filepath.Join(s.place.Path, name))
		switch {
		case mine != nil && err == nil && os.SameFile(fi, mine):
			mine = nil
		case s.owed > 0:
			s.owed--
		default:
			s.waiting = append(s.waiting, name)
		}
	}
	if mine != nil {
		s.owed++
	}
	return nil
}
