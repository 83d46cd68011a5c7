// Command qmail-qmqpd receives mail by QMQP on behalf of its clients and
// hands it to the queue.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-qmqpd", Run) }
