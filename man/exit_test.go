package man

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is a command's own code: its files, and what its names stand for
// where that is a number.
type source struct {
	files  []*ast.File
	values map[string][]int
	texts  []string // its string literals
}

func parse(t *testing.T, dir string) *source {
	t.Helper()
	names, err := filepath.Glob(dir + "/*.go") // none for a shell script
	if err != nil {
		t.Fatal(err)
	}
	s := &source{values: make(map[string][]int)}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, f)
	}
	s.walk(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i := range min(len(n.Names), len(n.Values)) {
				s.assign(n.Names[i], n.Values[i])
			}
		case *ast.AssignStmt:
			for i := range min(len(n.Lhs), len(n.Rhs)) {
				s.assign(n.Lhs[i], n.Rhs[i])
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				s.texts = append(s.texts, text)
			}
		}
	})
	return s
}

func (s *source) walk(f func(ast.Node)) {
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool { f(n); return true })
	}
}

func (s *source) assign(name, value ast.Expr) {
	if id, ok := name.(*ast.Ident); ok {
		s.values[id.Name] = append(s.values[id.Name], s.numbers(value)...)
	}
}

// numbers returns what an expression may be, as far as can be seen.
func (s *source) numbers(e ast.Expr) []int {
	switch e := e.(type) {
	case *ast.BasicLit:
		if n, err := strconv.Atoi(e.Value); err == nil {
			return []int{n}
		}
	case *ast.Ident:
		return s.values[e.Name]
	case *ast.SelectorExpr:
		switch e.Sel.Name {
		case "ExitTemporary":
			return []int{111}
		case "ExitPermanent":
			return []int{100}
		}
	}
	return nil
}

// exits returns the codes that the command's own code ends with: those given
// to the functions of package cmd that end a program.
func (s *source) exits() (codes []int) {
	s.walk(func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			called, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return
			}
			switch called.Sel.Name {
			case "Silent", "Say", "Fatal", "FatalSys":
				if len(n.Args) > 0 {
					codes = append(codes, s.numbers(n.Args[0])...)
				}
			case "Usage":
				codes = append(codes, 100)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
				codes = append(codes, s.numbers(n.Value)...)
			}
		}
	})
	slices.Sort(codes)
	return slices.Compact(codes)
}

var number = regexp.MustCompile(`[0-9]+`)

// told returns the numbers of a page's section EXIT STATUS, ranges included.
func told(page string) map[int]bool {
	_, section, _ := strings.Cut(page, "\n.Sh EXIT STATUS\n")
	section, _, _ = strings.Cut(section, "\n.Sh ")
	found := make(map[int]bool)
	for _, line := range strings.Split(section, "\n") {
		var last int
		for i, word := range number.FindAllString(line, -1) {
			n, err := strconv.Atoi(word)
			if err != nil {
				continue
			}
			if i > 0 && strings.Contains(line, "to "+word) || strings.Contains(line, "\\(en"+word) {
				for k := last; k < n && k < 256; k++ {
					found[k] = true
				}
			}
			found[n], last = true, n
		}
	}
	return found
}

func TestExitCodesAreDescribed(t *testing.T) {
	all := pages(t)
	seen := 0
	for name, dir := range commands(t) {
		codes := parse(t, dir).exits()
		seen += len(codes)
		for page, text := range all {
			own, section := split(page)
			if own != name || section != "1" && section != "8" {
				continue
			}
			described := told(text)
			for _, code := range codes {
				if !described[code] {
					t.Errorf("%s does not tell of exit code %d", page, code)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no command exits: the test looks in the wrong place")
	}
}

// usageFlags are the options in a usage line: "[ -nN ]", "[ -t seconds ]".
var usageFlags = regexp.MustCompile(`\[ ?-([A-Za-z0-9/]+)`)

// An option that a command's usage line names is in its page, by itself or
// with the letters beside it.
func TestUsageIsDescribed(t *testing.T) {
	all := pages(t)
	seen := 0
	for name, dir := range commands(t) {
		var named []string
		for _, text := range parse(t, dir).texts {
			for _, m := range usageFlags.FindAllStringSubmatch(text, -1) {
				named = append(named, m[1])
			}
		}
		seen += len(named)
		for page, text := range all {
			if own, _ := split(page); own != name {
				continue
			}
			described := flags(text)
			for _, word := range named {
				if strings.Contains(text, "Fl "+word[:1]+" Ns Ar ") {
					word = word[:1] // the rest is its argument
				}
				missing := strings.Map(func(c rune) rune {
					if strings.ContainsRune(described, c) {
						return -1
					}
					return c
				}, word)
				if missing != "" {
					t.Errorf("%s does not tell of -%s in the usage line's -%s", page, missing, word)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no usage line has options: the test looks in the wrong place")
	}
}
