package repair

import (
	"errors"
	"io/fs"

	"qmailkit/internal/ids"
)

// OwnersOf returns the owners of a home's queue. Its error is of users that
// the machine does not have.
func OwnersOf(home *ids.Home) (o Owners, err error) {
	users, err := home.Users(ids.Queue, ids.Send, ids.Remote)
	if err != nil {
		return o, err
	}
	group, err := home.Group(ids.GroupQueue)
	return Owners{Queue: int(users[0]), Send: int(users[1]), Remote: int(users[2]), Group: int(group)}, err
}

// Verify is Survey of a queue that may be in use: what is seen only once was a
// message on its way.
func Verify(root string, opts Options) (*Plan, error) {
	first, err := patient(root, opts)
	if err != nil || len(first.Findings) == 0 {
		return first, err
	}
	second, err := patient(root, opts)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for _, f := range first.Findings {
		seen[f.Path+"\x00"+f.What] = true
	}
	var both []Finding
	for _, f := range second.Findings {
		if seen[f.Path+"\x00"+f.What] {
			both = append(both, f)
		}
	}
	second.Findings = both
	return second, nil
}

// patient begins again when a file that was there a moment ago is gone.
func patient(root string, opts Options) (plan *Plan, err error) {
	const tries = 20
	for range tries {
		if plan, err = Survey(root, opts); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return plan, err
}
