package spare_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/heedmail/heed/classify/spare"
)

func TestWhatWasPutIsTakenOnce(t *testing.T) {
	var s spare.Shelf[int]
	if s.Take() != nil {
		t.Fatal("an empty shelf gave something")
	}
	one := new(int)
	s.Put(one)
	if s.Take() != one || s.Take() != nil {
		t.Error("it is not there, or there twice")
	}
}

func TestNoMoreIsKeptThanThereAreProcessors(t *testing.T) {
	var s spare.Shelf[int]
	n := runtime.GOMAXPROCS(0)
	for range n + 3 {
		s.Put(new(int))
	}
	kept := 0
	for s.Take() != nil {
		kept++
	}
	if kept != n {
		t.Errorf("%d are kept for %d processors", kept, n)
	}
}

func TestNothingIsTakenByTwo(t *testing.T) {
	var s spare.Shelf[int]
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 1000 {
				mine := s.Take()
				if mine == nil {
					mine = new(int)
				}
				if *mine++; *mine != 1 {
					t.Error("somebody else uses it")
				}
				*mine = 0
				s.Put(mine)
			}
		})
	}
	wait.Wait()
}
