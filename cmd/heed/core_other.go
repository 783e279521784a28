//go:build !unix

package main

func forbidCore() error { return nil }
