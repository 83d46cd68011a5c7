package queue

import (
	"errors"
	"testing"
)

func TestCode(t *testing.T) {
	for want, err := range map[int]error{
		0: nil, CodeBug: errors.New("x"), CodeRead: &AddError{Step: Reading}, CodeWrite: &AddError{Step: Writing},
		CodePid: &AddError{Step: InPid}, CodeMess: &AddError{Step: InMess}, CodeIntd: &AddError{Step: InIntd},
		CodeTodo: &AddError{Step: InTodo}, CodeAddress: &AddError{Step: Address}, CodeFormat: &AddError{Step: Format},
	} {
		if got := Code(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}
