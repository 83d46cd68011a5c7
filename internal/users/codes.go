package users

// The exit codes by which qmail-getpw tells qmail-lspawn(8) what went wrong.
const (
	CodeUsage   = 112 // an answer that is none, or no right to change user
	CodeRoot    = 113 // the user is root
	CodeNFS     = 115 // a home folder is out of reach
	CodeNoAlias = 116 // there is no user alias
	CodeCDB     = 117 // users/cdb cannot be read
	CodeSystem  = 118 // the user data base, a pipe or a process is not to be had
	CodeMemory  = 119 // no memory
	CodeSoft    = 120 // qmail-local cannot be run now
	CodeGetpw   = 121 // qmail-getpw cannot be run
	CodeHard    = 126 // qmail-local cannot be run
)
