package send

import (
	"errors"

	"qmailkit/internal/control"
)

// ErrNoLocals is a home without locals and without me, where qmail-send does
// not start.
var ErrNoLocals = errors.New("there is neither control/locals nor control/me")

// LoadRules reads the rules that qmail-send goes by from the control files in
// dir, as it would when it starts now.
func LoadRules(dir control.Dir) (*Rules, error) {
	locals, ok, err := dir.LinesOrMe("locals")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoLocals
	}
	virtual, _, err := dir.Lines("virtualdomains")
	if err != nil {
		return nil, err
	}
	percentHack, _, err := dir.Lines("percenthack")
	if err != nil {
		return nil, err
	}
	envNoAtHost, err := dir.LineOr("envnoathost", true, "envnoathost")
	if err != nil {
		return nil, err
	}
	return NewRules(locals, virtual, percentHack, envNoAtHost), nil
}
