from dropsearch.search.cli.entry import main

main()
