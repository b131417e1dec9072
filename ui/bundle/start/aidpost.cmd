@echo off
rem Runs the version of Aidpost that installed.json names.
setlocal
if not exist "%~dp0.going-back" goto start
rem Going back to an earlier version was cut off: it is undone before anything else.
set /p HALF=<"%~dp0.going-back"
"%~dp0versions\%HALF%\aidpost.exe" bundle rollback --undo --to "%~dp0." 1>&2
if errorlevel 1 (
  echo aidpost: going back was cut off and cannot be undone now. Close Aidpost and start it again. 1>&2
  exit /b 1
)
:start
for /f "usebackq delims=" %%n in (`powershell -NoProfile -Command "(Get-Content -Raw '%~dp0installed.json' | ConvertFrom-Json).current"`) do set "NAME=%%n"
if not exist "%~dp0versions\%NAME%\aidpost.exe" (
  echo aidpost: the program is damaged. Plug the stick in and run install.ps1. 1>&2
  exit /b 1
)
"%~dp0versions\%NAME%\aidpost.exe" %*
