// Collects 64 ms of samples and hands them over as 16-bit numbers.
class Samples extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Int16Array(1024);
    this.at = 0;
  }

  process(inputs) {
    const channel = inputs[0][0];
    if (!channel) return true;
    for (let i = 0; i < channel.length; i += 1) {
      this.block[this.at] = Math.max(-1, Math.min(1, channel[i])) * 32767;
      this.at += 1;
      if (this.at === this.block.length) {
        this.port.postMessage(this.block);
        this.block = new Int16Array(1024);
        this.at = 0;
      }
    }
    return true;
  }
}
registerProcessor("samples", Samples);
