"""From a written sentence to sound, by a program that stands beside this one."""
