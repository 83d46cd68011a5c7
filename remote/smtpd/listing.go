package smtpd

import (
	"os"
	"sync"
	"time"

	"qmailkit/internal/plain"
	"qmailkit/internal/sys"
)

// Listing is which control files there are: most of those that there may be are
// not there, and one look at the folder is cheaper than one for each. Sessions may
// share one, which looks again when the folder has changed. The zero value is
// ready.
type Listing struct {
	mu      sync.Mutex
	folder  os.FileInfo // as it was before it was read; nil: nothing is known
	present map[string]bool
}

// settled is how old the last change of a folder must be for the next one to show
// in its time.
const settled = 2 * time.Second

// names lists a folder. nil is one that cannot be listed: its files may still be
// read. A nil Listing knows nothing from before.
func (l *Listing) names(dir string, now func() time.Time) map[string]bool {
	if l == nil {
		return names(dir)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	folder, err := os.Stat(dir)
	if err == nil && l.folder != nil && os.SameFile(folder, l.folder) && sys.ChangeTime(folder).Equal(sys.ChangeTime(l.folder)) {
		return l.present
	}
	l.folder, l.present = nil, names(dir)
	if err == nil && l.present != nil && now().Sub(sys.ChangeTime(folder)) > settled {
		l.folder = folder
	}
	return l.present
}

func names(dir string) map[string]bool {
	f, err := plain.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	list, err := f.Readdirnames(-1)
	if err != nil {
		return nil
	}
	present := make(map[string]bool, len(list))
	for _, name := range list {
		present[name] = true
	}
	return present
}
