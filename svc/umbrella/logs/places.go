package logs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Place is where a log is: standard input, a file, or a folder of multilog's.
type Place struct {
	Path   string // "-" is standard input
	Folder bool
}

// ErrNone is that no log has been found.
var ErrNone = errors.New("no log found: name its file or folder")

// current is the file of a folder of multilog's that is being written.
const current = "current"

// Named returns the places that names say. A folder that is not multilog's own
// stands for those in it: its services' logs, or its logs.
func Named(names []string) ([]Place, error) {
	var places []Place
	for _, name := range names {
		if name == "-" {
			places = append(places, Place{Path: name})
			continue
		}
		fi, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !fi.IsDir() {
			places = append(places, Place{Path: name})
			continue
		}
		found := within(name)
		if len(found) == 0 {
			return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("there is no log in this folder")}
		}
		places = append(places, found...)
	}
	return places, nil
}

// within finds folders of multilog's: folder itself, or those below it.
func within(folder string) (places []Place) {
	for _, pattern := range []string{"", "*", "main", "log/main", "log", "*/log/main", "*/log", "*/main"} {
		found, _ := filepath.Glob(filepath.Join(escape(folder), pattern, current))
		for _, file := range found {
			places = append(places, Place{filepath.Dir(file), true})
		}
		if len(places) > 0 {
			break
		}
	}
	return places
}

// escape makes a path mean itself to Glob.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// words are parts of the names that services of a mail system have.
var words = [...]string{"qmail", "smtp", "qmtp", "qmqp", "pop3", "ofmip", "submission"}

// Usual looks for the logs of the mail system in folders of services and of
// logs, and then in files of syslog, and returns what it finds first.
func Usual(services, folders, files []string) ([]Place, error) {
	for _, folder := range services {
		var places []Place
		for _, place := range within(folder) {
			rest := strings.TrimPrefix(place.Path, folder)
			for _, word := range words {
				if strings.Contains(rest, word) {
					places = append(places, place)
					break
				}
			}
		}
		if len(places) > 0 {
			return places, nil
		}
	}
	for _, folder := range folders {
		if places := within(folder); len(places) > 0 {
			return places, nil
		}
	}
	for _, file := range files {
		if fi, err := os.Stat(file); err == nil && fi.Mode().IsRegular() {
			return []Place{{Path: file}}, nil
		}
	}
	return nil, ErrNone
}

// Services, Folders and Files are where Usual is to look, beside the home.
func Services(home string) []string {
	return []string{home + "/service", "/service", "/etc/service", "/var/service", "/run/service"}
}

// Folders are of logs.
func Folders(home string) []string { return []string{home + "/log", "/var/log/qmail"} }

// Files are of syslog.
func Files() []string { return []string{"/var/log/mail.log", "/var/log/maillog", "/var/log/mail"} }
