@echo off
rem Runs the version of Aidpost that installed.json names.
setlocal
for /f "usebackq delims=" %%n in (`powershell -NoProfile -Command "(Get-Content -Raw '%~dp0installed.json' | ConvertFrom-Json).current"`) do set "NAME=%%n"
if not exist "%~dp0versions\%NAME%\aidpost.exe" (
  echo aidpost: the program is damaged. Plug the stick in and run install.ps1. 1>&2
  exit /b 1
)
"%~dp0versions\%NAME%\aidpost.exe" %*
