package ucspi

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
)

// DataBytes returns the largest message, in bytes, that a server takes from
// this client: DATABYTES, else control/databytes; 0 is no limit. A DATABYTES
// that is no number does not lift the limit.
func DataBytes(p *cmd.Proc, dir control.Dir) (int, error) {
	limit, _, err := dir.Int("databytes")
	if err != nil {
		return 0, err
	}
	if n, digits := control.LeadingInt(p.Getenv("DATABYTES")); digits > 0 {
		limit = n
	}
	return limit, nil
}
