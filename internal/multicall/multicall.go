// Package multicall is for a program that is many commands, told apart by the
// name that it is called by.
package multicall

import (
	"os"
	"path/filepath"

	"qmailkit/internal/cmd"
)

const exitUsage = 100

// Main runs the command that find knows under the name of this program's
// file, a hard link, or else under the name that it was called by: argv[0]
// may say anything. find returns what the command calls itself, and a nil run
// for a name that it does not know. Called as something else, the program is
// the command that its first argument names.
func Main(find func(name string) (called string, run func(*cmd.Proc) error)) {
	if name, run := choose(os.Executable, find); run != nil {
		cmd.Main(name, run)
	}
	if len(os.Args) > 1 {
		if name, run := find(os.Args[1]); run != nil {
			os.Args = os.Args[1:]
			cmd.Main(name, run)
		}
	}
	os.Stderr.WriteString("usage: " + filepath.Base(os.Args[0]) + " command [ arg ... ]\n")
	os.Exit(exitUsage)
}

func choose(executable func() (string, error), find func(string) (string, func(*cmd.Proc) error)) (string, func(*cmd.Proc) error) {
	if path, err := executable(); err == nil {
		if name, run := find(filepath.Base(path)); run != nil {
			return name, run
		}
	}
	if len(os.Args) == 0 {
		return "", nil
	}
	return find(filepath.Base(os.Args[0]))
}
