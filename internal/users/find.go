package users

import (
	"bytes"

	"qmailkit/internal/cdb"
	"qmailkit/internal/control"
)

// Find looks the local part of an address up in users/cdb. A simple
// assignment counts before a wildcard, a longer wildcard before a shorter; what
// a wildcard leaves of the address ends the extension, in its own case. The
// answer is for ParseAssignment.
func Find(users *cdb.Reader, box string) (answer []byte, found bool, err error) {
	wildcards, ok, err := users.Find(nil)
	if err != nil {
		return nil, false, err
	}
	if !ok {
		return nil, false, cdb.ErrFormat // qmail-newu always writes this record
	}
	// A table of qmail-newu has the characters as they were written, keys in lower case.
	wildcards = []byte(control.Fold(string(wildcards)))
	key := []byte(keyMark + control.Fold(box))
	answer, found, err = users.Find(append(key[:len(key):len(key)], keySimple...))
	if err != nil || found {
		return append(answer, 0), found, err
	}
	for n := len(key); n > 0; n-- {
		if n > 1 && bytes.IndexByte(wildcards, key[n-1]) < 0 {
			continue
		}
		answer, found, err = users.Find(key[:n])
		if err != nil || found {
			answer = append(answer, box[n-len(keyMark):]...)
			return append(answer, 0), found, err
		}
	}
	return nil, false, nil
}
