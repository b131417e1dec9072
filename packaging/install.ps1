# Installs Aidpost from this wheelhouse for one person: no network, no administrator.
# Not tried by the makers: there was no Windows machine. See docs/install/untested.md.
param([string]$Target = (Join-Path $env:LOCALAPPDATA 'Programs\Aidpost'))
$ErrorActionPreference = 'Stop'
function Fail($text) { Write-Host "aidpost: $text" -ForegroundColor Red; exit 1 }

$here = Split-Path -Parent $MyInvocation.MyCommand.Path
$wheels = Join-Path $here 'wheels'
if (-not (Test-Path $wheels)) { Fail 'The folder wheels is missing: the wheelhouse was not copied to its end.' }
$python = $null
try { $python = (& py -3.11 -c 'import sys; print(sys.executable)') } catch { }
if (-not $python) { Fail 'Python 3.11 is needed. Install it from the stick first.' }
if ((Get-Item $env:LOCALAPPDATA).PSDrive.Free -lt 1.2GB) { Fail 'The disk is too full: 1.2 GB must be free.' }
$fresh = Join-Path $Target 'env.new'
if (Test-Path $fresh) { Remove-Item -Recurse -Force $fresh }
New-Item -ItemType Directory -Force -Path $Target | Out-Null
& $python -m venv $fresh
if ($LASTEXITCODE -ne 0) { Fail 'The environment could not be made.' }
$inside = Join-Path $fresh 'Scripts\python.exe'
foreach ($list in 'requirements.txt', 'llm-requirements.txt', 'own.txt') {
    $path = Join-Path $here $list
    if (-not (Test-Path $path)) { continue }
    & $inside -m pip --isolated --disable-pip-version-check install --quiet --no-index --no-deps --find-links $wheels --require-hashes -r $path
    if ($LASTEXITCODE -ne 0) { Fail "A package of $list could not be installed: the wheelhouse is damaged. Nothing was changed." }
}
$check = Join-Path $env:TEMP ('aidpost-' + [guid]::NewGuid().ToString('N').Substring(0, 8))
$env:AIDPOST_HOME = $check
$answer = & $inside -m ui.cli ask --json 'How much ORS for plan B in a child of 10 kg?' | ConvertFrom-Json
Remove-Item Env:AIDPOST_HOME
Remove-Item -Recurse -Force $check -ErrorAction SilentlyContinue
if ($answer.abstained -or -not ($answer.sentences | Where-Object { $_.citations })) { Fail 'The program runs, but did not answer. Nothing was changed.' }
$place = Join-Path $Target 'env'
$old = Join-Path $Target 'env.old'
try {
    if (Test-Path $old) { Remove-Item -Recurse -Force $old }
    if (Test-Path $place) { Rename-Item $place 'env.old' }
    Rename-Item $fresh 'env'
} catch {
    if ((Test-Path $old) -and -not (Test-Path $place)) { Rename-Item $old 'env' }
    Fail 'A file is held open by Aidpost or a virus scanner. Close Aidpost, wait a minute and run this again; the old version is still there.'
}
Set-Content -Encoding ASCII -Path (Join-Path $Target 'aidpost.cmd') -Value "@`"$place\Scripts\python.exe`" -m ui.cli %*"
Write-Host "aidpost: Aidpost is installed and has answered a question. Start it with: $Target\aidpost.cmd"
