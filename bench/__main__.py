"""All measurements: `make bench`. Options go to the measurement of the whole way."""

from bench.bench_end_to_end import main

main()
