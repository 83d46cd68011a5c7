package queue

import "errors"

// The exit codes of qmail-queue(8). Those up to 40 are permanent.
const (
	CodeAddress = 11
	CodeTimeout = 52
	CodeWrite   = 53
	CodeRead    = 54
	CodeHome    = 61
	CodeQueue   = 62
	CodePid     = 63
	CodeMess    = 64
	CodeIntd    = 65
	CodeTodo    = 66
	CodeRefused = 71
	CodeBug     = 81
	CodeFormat  = 91
)

// Code is the exit code for what Add returned.
func Code(err error) int {
	var failure *AddError
	if err == nil {
		return 0
	}
	if !errors.As(err, &failure) {
		return CodeBug
	}
	switch failure.Step {
	case Reading:
		return CodeRead
	case Writing:
		return CodeWrite
	case InPid:
		return CodePid
	case InMess:
		return CodeMess
	case InIntd:
		return CodeIntd
	case InTodo:
		return CodeTodo
	case Address:
		return CodeAddress
	case Format:
		return CodeFormat
	}
	return CodeBug
}
