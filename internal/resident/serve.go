package resident

import (
	"io"
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/program"
	"qmailkit/internal/sys"
)

// Serve runs the job that p was started for, and then those that its spawner
// sends, if that wants p to stay. Each gets a Proc of its own.
func Serve(p *cmd.Proc, run func(*cmd.Proc) error) error {
	id := p.Getenv(variable)
	self, err := os.Executable()
	if id == "" || err != nil || version+program.ID(self) != id {
		return run(p)
	}
	p.Unsetenv(variable)
	socket := p.FD(socketFD)
	sys.CloseOnExec(socket) // what the job runs has no part in this
	code := p.End(run(p))
	if err := sys.ToNull(0, 1, 2); err != nil { // who reads the output must see its end
		return cmd.Silent(code)
	}
	buf := make([]byte, 4+maxJob)
	for number := 1; ; number++ {
		if _, err := socket.Write([]byte{byte(number), byte(code)}); err != nil {
			return cmd.Silent(code)
		}
		args, files, err := receive(socket, buf)
		if err == io.EOF {
			return nil // the spawner has no more for us
		}
		if err != nil {
			return cmd.Silent(cmd.ExitTemporary)
		}
		job := *p
		job.Args, job.Stdin, job.Stdout, job.Stderr = args, files[0], files[1], files[1]
		code = job.End(run(&job))
		for _, f := range files {
			f.Close()
		}
	}
}

// receive reads a job with its two descriptors, by way of buf.
func receive(socket *os.File, buf []byte) (args []string, files []*os.File, err error) {
	n, files, err := sys.ReceiveFiles(socket, buf)
	if err != nil {
		return nil, nil, err
	}
	args, err = receiveArgs(socket, buf, n)
	if err == nil && len(files) != 2 {
		err = ErrJob
	}
	if err != nil {
		for _, f := range files {
			f.Close()
		}
		return nil, nil, err
	}
	return args, files, nil
}

// receiveArgs reads what is still to come of a job of which buf holds n bytes.
func receiveArgs(socket io.Reader, buf []byte, n int) ([]string, error) {
	if n < 4 {
		if _, err := io.ReadFull(socket, buf[n:4]); err != nil {
			return nil, err
		}
		n = 4
	}
	length, err := jobLength(buf)
	if err != nil || n > 4+length {
		return nil, ErrJob
	}
	if _, err := io.ReadFull(socket, buf[n:4+length]); err != nil {
		return nil, err
	}
	return parseJob(buf[4 : 4+length])
}
