// Zfailures tells why deliveries failed.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zfailures", Run) }
