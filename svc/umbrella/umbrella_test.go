package umbrella

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
)

// sample is a made command "pot" with commands and options of its own.
func sample(p *cmd.Proc) []*cli.Command {
	brew := &cli.Command{
		Name: "brew", Usage: "makes tea", ArgsUsage: "KIND", Flags: []cli.Flag{JSON(), DryRun(), &cli.StringFlag{Name: "strength"}},
		Action: func(c *cli.Context) error {
			out := NewOut(p, c)
			out.Text(fmt.Sprintf("%v %q %q %v\n", c.Bool("dry-run"), c.String("strength"), c.Args().Slice(), out.Colour))
			if err := out.Facts(map[string]any{"kinds": c.Args().Slice(), "a<b": 1}); err != nil {
				return err
			}
			return out.Close()
		},
	}
	broken := &cli.Command{Name: "broken", Usage: "has a crack", Action: func(*cli.Context) error {
		_, err := os.Open("/nonexistent/pot")
		return &cmd.Permanent{Err: Fatal("unable to pour", err)}
	}}
	found := &cli.Command{Name: "look", Action: func(*cli.Context) error { return cmd.Silent(ExitFound) }}
	return []*cli.Command{{Name: "pot", Usage: "is for tea", Subcommands: []*cli.Command{brew, broken, found}}}
}

func run(t *testing.T, args ...string) clitest.Result {
	return clitest.Run(t, "qmail", func(p *cmd.Proc) error { return Run(p, sample(p)) }, clitest.World{Args: args})
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args           string
		code           int
		stdout, stderr string // a part of it
	}{
		{"pot brew green", 0, `false "" ["green"] false` + "\n", ""},
		{"pot brew green -n black --strength 3", 0, `true "3" ["green" "black"] false` + "\n", ""},
		{"pot brew --strength=3 -- -n", 0, `false "3" ["-n"] false` + "\n", ""},
		{"pot brew --json green", 0, "{\n  \"a<b\": 1,\n  \"kinds\": [\n    \"green\"\n  ]\n}\n", ""},
		{"pot brew --help", 0, "qmail pot brew [command options] KIND", ""},
		{"pot --help", 0, "makes tea", ""},
		{"pot", 0, "makes tea", ""},
		{"", 0, "is for tea", ""},
		{"--help", 0, "is for tea", ""},
		{"pot brew --sugar", 100, "", "qmail: flag provided but not defined: -sugar\nTry: qmail pot brew --help\n"},
		{"pott", 100, "", "qmail: there is no command pott: Did you mean \"pot\"?\nTry: qmail --help\n"},
		{"pot bew", 100, "", "there is no command bew: Did you mean \"brew\"?\nTry: qmail pot --help\n"},
		{"pot broken", 100, "", "qmail: fatal: unable to pour: /nonexistent/pot: no such file or directory\n"},
		{"pot look", 1, "", ""},
		{"completion", 100, "", "which shell: bash, zsh or fish?"},
		{"completion tcsh", 100, "", "which shell: bash, zsh or fish?"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			r := run(t, strings.Fields(c.args)...)
			if r.Code != c.code || !strings.Contains(r.Stdout, c.stdout) || !strings.Contains(r.Stderr, c.stderr) || c.stderr == "" && r.Stderr != "" {
				t.Errorf("%d\n%s\n%s", r.Code, r.Stdout, r.Stderr)
			}
		})
	}
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct{ words, want string }{
		{"", "pot completion"},
		{"p", "pot"},
		{"pot ", "brew broken look"},
		{"pot br", "brew broken"},
		{"pot brew --", "--json --dry-run --strength --help"},
		{"pot brew --s", "--strength"},
		{"pot brew --strength ", ""},
		{"pot brew --strength 3 --j", "--json"},
		{"pot brew green ", ""},
		{"pot -- ", ""},
		{"completion ", "bash zsh fish"},
	} {
		r := run(t, append([]string{completeName}, strings.Split(c.words, " ")...)...)
		var got []string
		for _, line := range strings.Split(strings.TrimSpace(r.Stdout), "\n") {
			word, _, _ := strings.Cut(line, "\t")
			got = append(got, word)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %q, want %q", c.words, got, c.want)
		}
	}
}

// The scripts are read by their shells where these are there; bash's is used.
func TestScripts(t *testing.T) {
	for shell, option := range map[string]string{"bash": "-n", "zsh": "-n", "fish": "--no-execute"} {
		r := run(t, "completion", shell)
		if r.Code != 0 || !strings.Contains(r.Stdout, completeName) {
			t.Fatalf("%s: %+v", shell, r)
		}
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("%s is not installed: its script is not read", shell)
			continue
		}
		file := filepath.Join(t.TempDir(), "script")
		clitest.Files(t, filepath.Dir(file), map[string]string{"script": r.Stdout})
		if out, err := exec.Command(shell, option, file).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v %s", shell, err, out)
		}
		if shell != "bash" {
			continue
		}
		dir := t.TempDir()
		clitest.Script(t, filepath.Join(dir, "qmail"), `shift; printf '%s\tx\n' "$@"`)
		use := `. "$1"; COMP_WORDS=(qmail queue li); COMP_CWORD=2; _qmail; echo "${COMPREPLY[@]}"`
		bash := exec.Command("bash", "-c", use, "bash", file)
		bash.Env = []string{"PATH=" + dir + ":/usr/bin:/bin"}
		if out, err := bash.CombinedOutput(); err != nil || string(out) != "queue li\n" {
			t.Errorf("bash: %v %q", err, out)
		}
	}
}

func TestOut(t *testing.T) {
	p, finish := clitest.Proc(t, "qmail", clitest.World{})
	c := cli.NewContext(cli.NewApp(), nil, nil)
	o := NewOut(p, c)
	o.Table([][]string{{"id", "size"}, {"12345", "7"}, {"1", ""}})
	o.Colour = true
	o.Text(o.In(Bad, "no"), o.In(Good, ""), Safe("a\x1bb"))
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if r := finish(0); r.Stdout != "id     size\n12345  7\n1\n\x1b[31mno\x1b[0ma?b" {
		t.Errorf("%q", r.Stdout)
	}
	p.Stdout.Close()
	o.Text("x")
	if err := o.Close(); err == nil || !strings.HasPrefix(err.Error(), "unable to write output: ") || errors.Unwrap(err) == nil {
		t.Errorf("%v", err)
	}
}

func TestBar(t *testing.T) {
	if got := bar("reading", 5, 10); got != "reading [###############...............] 5/10" {
		t.Error(got)
	}
	if got := bar("reading", 12, 10); !strings.HasSuffix(got, "[##############################] 10/10") {
		t.Error(got)
	}
	var none *Progress
	none.Step(1)
	none.End()
}
