; Windows installer of the one-folder program; for one person, without an administrator.
;   makensis -DVERSION=0.1.0 -DFOLDER=.build/dist/aidpost -DOUT=aidpost-setup.exe packaging/aidpost.nsi
; Compiled with Debian's makensis; the result was never run on Windows (docs/install/untested.md).
Unicode true
!ifndef VERSION
  !error "Give -DVERSION=..."
!endif
!include "LogicLib.nsh"
!include "x64.nsh"
Name "Aidpost ${VERSION}"
OutFile "${OUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\Aidpost"
SetCompressor /SOLID lzma
BrandingText "Decision support for health workers. Not a diagnosis."
ShowInstDetails show
LicenseData "..\LICENSE"
Page license
Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

Function .onInit
  ${IfNot} ${RunningX64}
    MessageBox MB_ICONSTOP "Aidpost needs 64-bit Windows. Nothing was installed."
    Abort
  ${EndIf}
FunctionEnd

Section "Aidpost"
  ; Beside the old version; one rename switches. A file that a virus scanner holds open stops it here.
  SetOutPath "$INSTDIR\new"
  ClearErrors
  File /r "${FOLDER}/*"
  ${If} ${Errors}
    RMDir /r "$INSTDIR\new"
    MessageBox MB_ICONSTOP "A file could not be written: the disk is full, or a virus scanner holds it. Nothing was changed."
    Abort
  ${EndIf}
  DetailPrint "Aidpost is asked its first question."
  System::Call 'kernel32::SetEnvironmentVariable(t "AIDPOST_HOME", t "$TEMP\aidpost-check")'
  nsExec::ExecToStack '"$INSTDIR\new\aidpost.exe" doctor --json'
  Pop $0
  Pop $1
  System::Call 'kernel32::SetEnvironmentVariable(t "AIDPOST_HOME", t "")'
  SetOutPath "$INSTDIR"
  RMDir /r "$TEMP\aidpost-check"
  ${If} $0 != 0
    RMDir /r "$INSTDIR\new"
    MessageBox MB_ICONSTOP "The program does not work on this computer. Nothing was changed.$\n$1"
    Abort
  ${EndIf}
  RMDir /r "$INSTDIR\old"
  ClearErrors
  ${If} ${FileExists} "$INSTDIR\app\*.*"
    Rename "$INSTDIR\app" "$INSTDIR\old"
    ${If} ${Errors}
      RMDir /r "$INSTDIR\new"
      MessageBox MB_ICONSTOP "Aidpost is open, or a virus scanner holds a file. Close Aidpost and try again; the old version is still there."
      Abort
    ${EndIf}
  ${EndIf}
  Rename "$INSTDIR\new" "$INSTDIR\app"
  ${If} ${Errors}
    Rename "$INSTDIR\old" "$INSTDIR\app"
    MessageBox MB_ICONSTOP "The new version could not be put in its place; the old one is still there."
    Abort
  ${EndIf}
  RMDir /r "$INSTDIR\old"
  CreateShortcut "$SMPROGRAMS\Aidpost.lnk" "$INSTDIR\app\aidpost.exe"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\Uninstall\Aidpost" "DisplayName" "Aidpost"
  WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\Uninstall\Aidpost" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\Uninstall\Aidpost" "UninstallString" '"$INSTDIR\uninstall.exe"'
SectionEnd

Section "Uninstall"
  ; Records stay in %LOCALAPPDATA%\Aidpost.
  RMDir /r "$INSTDIR\app"
  Delete "$SMPROGRAMS\Aidpost.lnk"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  DeleteRegKey HKCU "Software\Microsoft\Windows\CurrentVersion\Uninstall\Aidpost"
SectionEnd
