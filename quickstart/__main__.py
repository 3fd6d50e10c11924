"""`python -m quickstart` is the same as the `quickstart` command."""

from quickstart.cli.main import main

if __name__ == "__main__":
    main()
