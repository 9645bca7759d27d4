#!/usr/bin/env python3
"""Django's command line. People call script/manage, which finds the environment and the cluster first."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiucheng.settings")
    execute_from_command_line(sys.argv)
